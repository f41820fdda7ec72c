-- rule: supervised
-- subject: platform
-- params: [topics, months, answer]
-- reasons:
--   unremedied:
--     zh: 监督平台“{platform}”发现“{item}”没有达到，由此提出的整改已到期（{until}）而未复核通过。请督促受托方立即整改并复核。
--     en: 'Supervision of platform "{platform}" found that "{item}" is not reached, and the finding raised was due on {until} and is not verified. Press the provider and verify the remedy.'
--   not_asked:
--     zh: 监督平台“{platform}”发现“{item}”没有达到，但没有提出整改，或整改没有要求日期和期限。请向受托方提出整改并登记。
--     en: 'Supervision of platform "{platform}" found that "{item}" is not reached, but no finding was raised, or it has no date of demand or due date. Put it to the provider and enter it.'
--   overdue:
--     zh: 平台“{platform}”的运行监督最近一次看“{topic|choice:supervision_item.topic}”是在 {day}，应不晚于 {until} 再看一次。请尽快完成运行监督评价。
--     en: 'Supervision of platform "{platform}" last looked at "{topic|choice:supervision_item.topic}" on {day}; it was to do so again by {until}. Complete the review.'
--   topic_missing:
--     zh: 平台“{platform}”的运行监督评价没有看过“{topic|choice:supervision_item.topic}”。请在评价中补上这一项（看合同责任义务的，须写明是哪一条款）。
--     en: 'The supervision reviews of platform "{platform}" never looked at "{topic|choice:supervision_item.topic}". Add it (for duties of the contract, name the term).'
--   in_future:
--     zh: 平台“{platform}”的运行监督评价日期（{day}）晚于今天，请更正。
--     en: A supervision review of platform "{platform}" has a date after today ({day}). Correct it.
--   never:
--     zh: 平台“{platform}”没有经审核的运行监督评价。请对受托方的运行情况作一次评价，由评价人以外的人审核，并登记。
--     en: There is no confirmed supervision review of platform "{platform}". Review how the provider runs it, have someone else confirm the review, and enter it.
--   not_running:
--     zh: 平台“{platform}”上没有运行中的部署，暂无需运行监督。
--     en: Nothing is in operation on platform "{platform}", so no supervision is owed yet.
--   first_due:
--     zh: 平台“{platform}”自 {day} 起投入运行，第一次运行监督评价应不晚于 {until} 完成。
--     en: Platform "{platform}" is in operation since {day}; its first supervision review is due by {until}.
--   under_way:
--     zh: 监督平台“{platform}”发现“{item}”没有达到，已要求受托方整改，期限 {until}。
--     en: 'Supervision of platform "{platform}" found that "{item}" is not reached; the provider has been asked to remedy it by {until}.'
--   supervised:
--     zh: 已于 {day} 监督平台“{platform}”的运行，看过“{topic|choice:supervision_item.topic}”，下一次应不晚于 {until}。
--     en: 'Supervision of platform "{platform}" looked at "{topic|choice:supervision_item.topic}" on {day}; the next time is due by {until}.'
WITH all_topics AS (
    SELECT 'duties' AS topic UNION ALL SELECT 'policies' UNION ALL SELECT 'standards'
    UNION ALL SELECT 'security_measures' UNION ALL SELECT 'service_level' UNION ALL SELECT 'resources'
    UNION ALL SELECT 'data_security' UNION ALL SELECT 'continuity' UNION ALL SELECT 'emergency'
    UNION ALL SELECT 'improvement' UNION ALL SELECT 'operation_management' UNION ALL SELECT 'monitoring'
), need AS (
    SELECT a.topic AS topic FROM all_topics a WHERE ' ' || :topics || ' ' LIKE '% ' || a.topic || ' %'
), cloud AS (
    SELECT p.id AS subject, p.name,
           (SELECT count(*) FROM deployment d WHERE d.platform = p.id AND d.state IN ('operating', 'exiting')) AS running,
           (SELECT min(d.serving_since) FROM deployment d
            WHERE d.platform = p.id AND d.state IN ('operating', 'exiting')) AS since
    FROM subject x JOIN platform p ON p.id = x.id
), held AS (
    SELECT c.subject, r.id AS review_id,
           r.confirmed_on AS start, r.reviewed_on
    FROM cloud c JOIN supervision_review_platforms l ON l.value = c.subject JOIN supervision_review r ON r.id = l.id
    WHERE c.running > 0 AND r.side = 'provider' AND r.state = 'confirmed'
      AND r.confirmed_by IS NOT NULL AND r.confirmed_on IS NOT NULL
), looked AS MATERIALIZED (
    SELECT h.subject, h.review_id, h.reviewed_on, i.id AS item_id, i.topic, i.title, i.result, i.finding
    FROM held h JOIN supervision_item i ON i.review = h.review_id
    WHERE h.start <= yj_today() AND i.result IN ('fulfilled', 'partly', 'not_fulfilled')
      AND i.topic IN (SELECT n.topic FROM need n)
      AND (i.topic <> 'duties' OR i.contract_term IS NOT NULL)
), last AS MATERIALIZED (
    SELECT k.subject, k.topic, max(k.reviewed_on) AS day FROM looked k GROUP BY k.subject, k.topic
), outcome AS (
    SELECT c.subject, CAST(NULL AS TEXT) AS topic, CAST(NULL AS TEXT) AS item, c.since AS day,
           yj_add_months(c.since, :months) AS until, CAST(NULL AS TEXT) AS proof_kind, CAST(NULL AS TEXT) AS proof,
           CASE WHEN c.running = 0 THEN 'not_running'
                WHEN yj_add_months(c.since, :months) >= yj_today() THEN 'first_due'
                ELSE 'never' END AS reason
    FROM cloud c
    WHERE NOT EXISTS (SELECT 1 FROM held h WHERE h.subject = c.subject AND h.start <= yj_today())
    UNION ALL
    SELECT h.subject, NULL, NULL, h.start, NULL, 'supervision_review', h.review_id, 'in_future'
    FROM held h WHERE h.start > yj_today()
    UNION ALL
    SELECT c.subject, n.topic, NULL, NULL, NULL, NULL, NULL, 'topic_missing'
    FROM cloud c CROSS JOIN need n
    WHERE EXISTS (SELECT 1 FROM held h WHERE h.subject = c.subject AND h.start <= yj_today())
      AND NOT EXISTS (SELECT 1 FROM last t WHERE t.subject = c.subject AND t.topic = n.topic)
    UNION ALL
    SELECT k.subject, k.topic, NULL, k.reviewed_on, yj_add_months(k.reviewed_on, :months), 'supervision_review',
           k.review_id, CASE WHEN yj_add_months(k.reviewed_on, :months) < yj_today() THEN 'overdue' ELSE 'supervised' END
    FROM looked k JOIN last t ON t.subject = k.subject AND t.topic = k.topic AND t.day = k.reviewed_on
    UNION ALL
    SELECT k.subject, k.topic, k.title, k.reviewed_on, f.due_on, 'supervision_item', k.item_id,
           CASE WHEN f.requested_on IS NULL OR f.due_on IS NULL THEN 'not_asked'
                WHEN f.due_on < yj_today() THEN 'unremedied'
                ELSE 'under_way' END
    FROM looked k JOIN last t ON t.subject = k.subject AND t.topic = k.topic AND t.day = k.reviewed_on
         LEFT JOIN finding f ON f.id = k.finding
    WHERE :answer <> 'none' AND k.result <> 'fulfilled'
      AND (f.state <> 'verified' OR f.verified_by IS NULL)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('supervised', 'under_way') THEN 'met'
            WHEN o.reason IN ('not_running', 'first_due') THEN 'not_applicable'
            WHEN o.reason IN ('never', 'in_future') THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason,
       CASE WHEN o.reason IN ('supervised', 'under_way', 'first_due') THEN o.until
            WHEN o.reason = 'in_future' THEN yj_add_days(o.day, -1) END AS due,
       CASE WHEN o.proof_kind = 'supervision_review' THEN 'supervision_review'
            WHEN o.proof_kind = 'supervision_item' THEN 'supervision_item' ELSE 'platform' END AS proof_kind,
       coalesce(o.proof, o.subject) AS proof,
       c.name AS v_platform, o.topic AS v_topic, o.item AS v_item, o.day AS v_day, o.until AS v_until
FROM outcome o JOIN cloud c ON c.subject = o.subject
