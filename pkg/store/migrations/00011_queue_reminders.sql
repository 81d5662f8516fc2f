-- Who is told that a ticket waits for review is told that one waits in the queue, too.

-- +goose Up
UPDATE channels SET rule = REPLACE(rule, '"ticket.review_escalated"', '"ticket.review_escalated","ticket.queue_escalated"') WHERE rule NOT LIKE '%"ticket.queue_escalated"%';
UPDATE channels SET rule = REPLACE(rule, '"ticket.review_reminder"', '"ticket.review_reminder","ticket.queue_reminder"') WHERE rule NOT LIKE '%"ticket.queue_reminder"%';

-- +goose Down
UPDATE channels SET rule = REPLACE(REPLACE(rule, ',"ticket.queue_escalated"', ''), ',"ticket.queue_reminder"', '');
UPDATE notification_preferences SET muted = REPLACE(REPLACE(muted, ',"ticket.queue_escalated"', ''), ',"ticket.queue_reminder"', '');
