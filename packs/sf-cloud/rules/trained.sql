-- rule: trained
-- subject: institution
-- params: [model, topics, audience, months]
-- reach: institution
-- reasons:
--   overdue:
--     zh: 对{audience|choice:training.audience}最近一次培训“{topic|choice:training.topics}”在 {day}，应不晚于 {until} 再培训。请安排。
--     en: '{audience|choice:training.audience} were last trained in "{topic|choice:training.topics}" on {day} and were due again by {until}. Arrange it.'
--   never:
--     zh: 没有对{audience|choice:training.audience}作过内容含“{topic|choice:training.topics}”的培训（须已举行、有人参加并附材料）。请列入培训计划并举行。
--     en: '{audience|choice:training.audience} were never trained in "{topic|choice:training.topics}" (held, attended, material attached). Plan it and hold it.'
--   not_running:
--     zh: 没有本条所说部署模式的运行中的部署，暂不适用。
--     en: Nothing is in operation under the model that this is about, so it does not apply yet.
--   trained:
--     zh: 已于 {day} 对{audience|choice:training.audience}培训“{topic|choice:training.topics}”，应不晚于 {until} 再培训。
--     en: '{audience|choice:training.audience} were trained in "{topic|choice:training.topics}" on {day}; again by {until}.'
WITH all_topics AS (
    SELECT 'cloud_services' AS topic UNION ALL SELECT 'shared_duties' UNION ALL SELECT 'emergency'
    UNION ALL SELECT 'data_security' UNION ALL SELECT 'jrt_0060' UNION ALL SELECT 'jrt_0099' UNION ALL SELECT 'jrt_0133'
), all_audience AS (
    SELECT 'system_managers' AS audience UNION ALL SELECT 'system_users' UNION ALL SELECT 'operations'
    UNION ALL SELECT 'security' UNION ALL SELECT 'management'
), need AS MATERIALIZED (
    SELECT t.topic, a.audience
    FROM all_topics t CROSS JOIN all_audience a
    WHERE ' ' || :topics || ' ' LIKE '% ' || t.topic || ' %' AND ' ' || :audience || ' ' LIKE '% ' || a.audience || ' %'
), own AS (
    SELECT i.id AS subject,
           (SELECT count(*) FROM deployment d
            WHERE d.state IN ('operating', 'exiting') AND (:model = 'all' OR d.model = :model)) AS running
    FROM subject x JOIN institution i ON i.id = x.id
), held AS MATERIALIZED (
    SELECT r.id AS training_id, t.value AS topic, a.value AS audience, r.held_on
    FROM training r JOIN training_topics t ON t.id = r.id JOIN training_audience a ON a.id = r.id
    WHERE r.state = 'held' AND r.attended > 0 AND r.held_on IS NOT NULL
      AND EXISTS (SELECT 1 FROM training_evidence e WHERE e.id = r.id)
), last AS MATERIALIZED (
    SELECT h.topic, h.audience, max(h.held_on) AS day FROM held h WHERE h.held_on <= yj_today() GROUP BY h.topic, h.audience
), coming AS MATERIALIZED (
    SELECT h.topic, h.audience, min(h.held_on) AS day FROM held h WHERE h.held_on > yj_today() GROUP BY h.topic, h.audience
), outcome AS (
    SELECT n.topic, n.audience, h.training_id, t.day, yj_add_months(t.day, :months) AS until,
           CASE WHEN t.day IS NULL THEN 'never'
                WHEN yj_add_months(t.day, :months) < yj_today() THEN 'overdue' ELSE 'trained' END AS reason,
           yj_add_days(c.day, -1) AS next_due
    FROM need n LEFT JOIN last t ON t.topic = n.topic AND t.audience = n.audience
         LEFT JOIN held h ON h.topic = n.topic AND h.audience = n.audience AND h.held_on = t.day
         LEFT JOIN coming c ON c.topic = n.topic AND c.audience = n.audience
)
SELECT w.subject AS subject, 'not_applicable' AS status, 'not_running' AS reason, NULL AS due,
       CAST(NULL AS TEXT) AS proof_kind, CAST(NULL AS TEXT) AS proof, CAST(NULL AS TEXT) AS v_topic,
       CAST(NULL AS TEXT) AS v_audience, CAST(NULL AS TEXT) AS v_day, CAST(NULL AS TEXT) AS v_until
FROM own w WHERE w.running = 0
UNION ALL
SELECT w.subject, CASE WHEN o.reason = 'trained' THEN 'met' ELSE 'unmet' END, o.reason,
       CASE WHEN o.reason = 'trained' THEN o.until ELSE o.next_due END,
       'training', o.training_id, o.topic, o.audience, o.day, o.until
FROM own w CROSS JOIN outcome o WHERE w.running > 0
