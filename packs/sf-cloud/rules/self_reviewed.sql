-- rule: self_reviewed
-- subject: institution
-- params: [topics, months]
-- reach: institution
-- reasons:
--   unremedied:
--     zh: 对自身的运行管理评价发现“{item}”没有达到，由此提出的整改已到期（{until}）而未复核通过。请整改并由第二人复核。
--     en: 'The review of our own management found that "{item}" is not reached, and the finding raised was due on {until} and is not verified. Remedy it and have a second person verify it.'
--   not_asked:
--     zh: 对自身的运行管理评价发现“{item}”没有达到，但没有提出整改，或整改没有日期和期限。请登记整改。
--     en: 'The review of our own management found that "{item}" is not reached, but no finding was raised, or it has no dates. Enter one.'
--   overdue:
--     zh: 最近一次看“{topic|choice:supervision_item.topic}”是在 {day}，应不晚于 {until} 再看一次。请完成对自身的评价。
--     en: '"{topic|choice:supervision_item.topic}" was last looked at on {day} and was due again by {until}. Complete the review of ourselves.'
--   topic_missing:
--     zh: 对自身的运行管理评价没有看过“{topic|choice:supervision_item.topic}”。请补上。
--     en: 'The reviews of our own management never looked at "{topic|choice:supervision_item.topic}". Add it.'
--   in_future:
--     zh: 对自身的运行管理评价日期（{day}）晚于今天，请更正。
--     en: A review of our own management is dated after today ({day}). Correct it.
--   never:
--     zh: 没有对自身的运行管理作过经审核的评价。请作一次，由评价人以外的人审核，并登记。
--     en: No review of our own management is confirmed. Do one, have someone other than the reviewer confirm it, and enter it.
--   not_running:
--     zh: 没有运行中的云上部署，暂无需评价。
--     en: Nothing is in operation on a cloud, so no review is owed yet.
--   under_way:
--     zh: 对自身的运行管理评价发现“{item}”没有达到，已提出整改，期限 {until}。
--     en: 'The review of our own management found that "{item}" is not reached; the remedy is due on {until}.'
--   reviewed:
--     zh: 已于 {day} 评价“{topic|choice:supervision_item.topic}”，下一次应不晚于 {until}。
--     en: '"{topic|choice:supervision_item.topic}" was reviewed on {day}; again by {until}.'
WITH all_topics AS (
    SELECT 'own_operation' AS topic UNION ALL SELECT 'own_use' UNION ALL SELECT 'own_administration'
    UNION ALL SELECT 'own_measures'
), need AS (
    SELECT a.topic AS topic FROM all_topics a WHERE ' ' || :topics || ' ' LIKE '% ' || a.topic || ' %'
), own AS (
    SELECT i.id AS subject, (SELECT count(*) FROM deployment d WHERE d.state IN ('operating', 'exiting')) AS running
    FROM subject x JOIN institution i ON i.id = x.id
), held AS MATERIALIZED (
    SELECT r.id AS review_id, r.reviewed_on,
           r.confirmed_on AS start
    FROM supervision_review r
    WHERE r.side = 'own' AND r.state = 'confirmed' AND r.confirmed_by IS NOT NULL AND r.confirmed_on IS NOT NULL
), looked AS MATERIALIZED (
    SELECT h.review_id, h.reviewed_on, i.id AS item_id, i.topic, i.title, i.result, i.finding
    FROM held h JOIN supervision_item i ON i.review = h.review_id
    WHERE h.start <= yj_today() AND i.result IN ('fulfilled', 'partly', 'not_fulfilled')
      AND i.topic IN (SELECT n.topic FROM need n)
), last AS MATERIALIZED (
    SELECT k.topic, max(k.reviewed_on) AS day FROM looked k GROUP BY k.topic
), outcome AS (
    SELECT CAST(NULL AS TEXT) AS topic, CAST(NULL AS TEXT) AS item, CAST(NULL AS TEXT) AS day,
           CAST(NULL AS TEXT) AS until, CAST(NULL AS TEXT) AS review_id, CAST(NULL AS TEXT) AS item_id, 'never' AS reason
    FROM (SELECT count(*) AS reviews FROM held h WHERE h.start <= yj_today()) z WHERE z.reviews = 0
    UNION ALL
    SELECT NULL, NULL, h.start, NULL, h.review_id, NULL, 'in_future' FROM held h WHERE h.start > yj_today()
    UNION ALL
    SELECT n.topic, NULL, NULL, NULL, NULL, NULL, 'topic_missing'
    FROM need n
    WHERE EXISTS (SELECT 1 FROM held h WHERE h.start <= yj_today())
      AND NOT EXISTS (SELECT 1 FROM last t WHERE t.topic = n.topic)
    UNION ALL
    SELECT k.topic, NULL, k.reviewed_on, yj_add_months(k.reviewed_on, :months), k.review_id, NULL,
           CASE WHEN yj_add_months(k.reviewed_on, :months) < yj_today() THEN 'overdue' ELSE 'reviewed' END
    FROM looked k JOIN last t ON t.topic = k.topic AND t.day = k.reviewed_on
    UNION ALL
    SELECT k.topic, k.title, k.reviewed_on, f.due_on, NULL, k.item_id,
           CASE WHEN f.requested_on IS NULL OR f.due_on IS NULL THEN 'not_asked'
                WHEN f.due_on < yj_today() THEN 'unremedied' ELSE 'under_way' END
    FROM looked k JOIN last t ON t.topic = k.topic AND t.day = k.reviewed_on LEFT JOIN finding f ON f.id = k.finding
    WHERE k.result <> 'fulfilled' AND (f.state <> 'verified' OR f.verified_by IS NULL)
)
SELECT w.subject AS subject, 'not_applicable' AS status, 'not_running' AS reason, NULL AS due,
       CAST(NULL AS TEXT) AS proof_kind, CAST(NULL AS TEXT) AS proof, CAST(NULL AS TEXT) AS v_topic,
       CAST(NULL AS TEXT) AS v_item, CAST(NULL AS TEXT) AS v_day, CAST(NULL AS TEXT) AS v_until
FROM own w WHERE w.running = 0
UNION ALL
SELECT w.subject,
       CASE WHEN o.reason IN ('reviewed', 'under_way') THEN 'met' WHEN o.reason IN ('never', 'in_future') THEN 'unknown'
            ELSE 'unmet' END,
       o.reason,
       CASE WHEN o.reason IN ('reviewed', 'under_way') THEN o.until
            WHEN o.reason = 'in_future' THEN yj_add_days(o.day, -1) END,
       CASE WHEN o.review_id IS NOT NULL THEN 'supervision_review' WHEN o.item_id IS NOT NULL THEN 'supervision_item' END,
       coalesce(o.review_id, o.item_id), o.topic, o.item, o.day, o.until
FROM own w CROSS JOIN outcome o WHERE w.running > 0
