package notify

import "time"

// robots are the providers of group messages.
var robots = map[Kind]robot{DingTalk: dingTalk{}, WeCom: weCom{}, Feishu: feishu{}, Slack: slack{}, Teams: teams{}, Webhook: webhook{}}

// paces keep each channel within its provider's limit, which Burst + 60 s / Every must not exceed.
var paces = map[Kind]Pace{
	DingTalk: {5, 4 * time.Second},        // 20 a minute a robot, then silent for ten
	WeCom:    {5, 4 * time.Second},        // 20 a minute a robot
	Feishu:   {4, 650 * time.Millisecond}, // 100 a minute and 5 a second a robot
	Slack:    {1, time.Second},            // 1 a second a webhook
	Teams:    {2, time.Second},            // 4 a second; workflows are throttled earlier
	Webhook:  {20, 50 * time.Millisecond}, // no rule; 20 a second is kind
	Email:    {20, 100 * time.Millisecond},
}
