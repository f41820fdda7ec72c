-- rule: rules_in_force
-- subject: institution
-- params: [model, types, checked]
-- reach: institution
-- reasons:
--   missing:
--     zh: 没有施行中的“{type|choice:rule_document.type}”。请起草、批准并发布。
--     en: 'No document of this kind is in force: {type|choice:rule_document.type}. Draft it, have it approved and issue it.'
--   not_followed:
--     zh: 检查发现“{document}”没有得到执行（{day}）。请查明原因，登记整改，再检查。
--     en: A check on {day} found that "{document}" is not carried out. Find out why, enter a finding and check again.
--   check_overdue:
--     zh: “{document}”的执行最近一次检查在 {day}，应不晚于 {until} 再查。请在对自身的运行管理评价中登记对照这份文件的监督项。
--     en: That "{document}" is carried out was last checked on {day} and was due again by {until}. Enter an item on it in a review of ourselves.
--   unchecked:
--     zh: “{document}”施行后没有检查过执行情况，不知道是否得到实施。请在对自身的运行管理评价中登记对照这份文件的监督项。
--     en: That "{document}" is carried out was never checked since it is in force. Enter an item on it in a review of ourselves.
--   outdated:
--     zh: “{document}”应不晚于 {until} 评审，已过期，不再作数。请评审修订并重新发布。
--     en: '"{document}" was to be reviewed by {until} and no longer counts. Review it and issue it anew.'
--   incomplete:
--     zh: “{document}”已标为施行，但缺少批准人、批准日期、施行日期、评审期限或正文。请补齐。
--     en: '"{document}" is marked as in force but lacks who approved it and when, the day from which it holds, the day of its next review, or its text. Complete it.'
--   to_come:
--     zh: “{document}”自 {day} 起施行，还没有生效。
--     en: '"{document}" comes into force on {day}.'
--   not_running:
--     zh: 没有本条所说部署模式的运行中的部署，暂不适用。
--     en: Nothing is in operation under the model that this is about, so it does not apply yet.
--   in_force:
--     zh: “{document}”（{type|choice:rule_document.type}）施行中，应不晚于 {until} 评审。
--     en: '"{document}" ({type|choice:rule_document.type}) is in force; to be reviewed by {until}.'
--   followed:
--     zh: “{document}”的执行已于 {day} 检查，得到实施，应不晚于 {until} 再查。
--     en: That "{document}" is carried out was checked on {day}; again by {until}.
WITH all_types AS (
    SELECT 'strategy' AS type UNION ALL SELECT 'rules' UNION ALL SELECT 'procedure' UNION ALL SELECT 'emergency_plan'
), need AS (
    SELECT a.type AS type FROM all_types a WHERE ' ' || :types || ' ' LIKE '% ' || a.type || ' %'
), own AS (
    SELECT i.id AS subject,
           (SELECT count(*) FROM deployment d
            WHERE d.state IN ('operating', 'exiting') AND (:model = 'all' OR d.model = :model)) AS running
    FROM subject x JOIN institution i ON i.id = x.id
), held AS MATERIALIZED (
    SELECT r.id AS document_id, t.value AS type, r.title, r.valid_from, r.review_by,
           CASE WHEN r.approved_by IS NULL OR r.approved_on IS NULL OR r.valid_from IS NULL OR r.review_by IS NULL
                     OR NOT EXISTS (SELECT 1 FROM rule_document_evidence e WHERE e.id = r.id) THEN 'incomplete'
                WHEN r.review_by < yj_today() THEN 'outdated'
                WHEN r.valid_from > yj_today() THEN 'to_come'
                ELSE 'in_force' END AS reason
    FROM rule_document r JOIN rule_document_type t ON t.id = r.id
    WHERE r.state = 'in_force' AND t.value IN (SELECT n.type FROM need n)
), checks AS MATERIALIZED (
    SELECT h.document_id, i.id AS item_id, i.result, i.finding, r.reviewed_on
    FROM held h JOIN supervision_item i ON i.rule_document = h.document_id JOIN supervision_review r ON r.id = i.review
    WHERE h.reason = 'in_force' AND i.topic = 'rules_followed' AND r.side = 'own' AND r.state = 'confirmed'
      AND r.confirmed_by IS NOT NULL AND r.confirmed_on IS NOT NULL AND r.reviewed_on <= yj_today()
      AND i.result IN ('fulfilled', 'partly', 'not_fulfilled')
), last AS MATERIALIZED (
    SELECT k.document_id, max(k.reviewed_on) AS day FROM checks k GROUP BY k.document_id
), ahead AS MATERIALIZED (
    SELECT h.document_id, min(r.reviewed_on) AS day
    FROM held h JOIN supervision_item i ON i.rule_document = h.document_id JOIN supervision_review r ON r.id = i.review
    WHERE r.reviewed_on > yj_today() GROUP BY h.document_id
), outcome AS (
    SELECT n.type, 'missing' AS reason, CAST(NULL AS TEXT) AS document_id, CAST(NULL AS TEXT) AS item_id,
           CAST(NULL AS TEXT) AS title, CAST(NULL AS TEXT) AS day, CAST(NULL AS TEXT) AS until, CAST(NULL AS TEXT) AS due
    FROM need n WHERE NOT EXISTS (SELECT 1 FROM held h WHERE h.type = n.type)
    UNION ALL
    SELECT h.type, h.reason, h.document_id, NULL, h.title, h.valid_from, h.review_by,
           CASE WHEN h.reason = 'in_force' THEN h.review_by
                WHEN h.reason = 'to_come' AND h.review_by < h.valid_from THEN h.review_by
                WHEN h.reason = 'to_come' THEN yj_add_days(h.valid_from, -1) END
    FROM held h
    WHERE h.reason = 'in_force'
       OR NOT EXISTS (SELECT 1 FROM held g WHERE g.type = h.type AND g.reason = 'in_force')
    UNION ALL
    SELECT h.type, 'unchecked', h.document_id, NULL, h.title, NULL, NULL, yj_add_days(a.day, -1)
    FROM held h LEFT JOIN ahead a ON a.document_id = h.document_id
    WHERE h.reason = 'in_force' AND CAST(:checked AS INTEGER) > 0
      AND NOT EXISTS (SELECT 1 FROM last t WHERE t.document_id = h.document_id)
    UNION ALL
    SELECT h.type,
           CASE WHEN yj_add_months(k.reviewed_on, :checked) < yj_today() THEN 'check_overdue'
                WHEN k.result <> 'fulfilled'
                     AND NOT EXISTS (SELECT 1 FROM finding f WHERE f.id = k.finding AND f.state = 'verified'
                                                             AND f.verified_by IS NOT NULL) THEN 'not_followed'
                ELSE 'followed' END,
           h.document_id, k.item_id, h.title, k.reviewed_on, yj_add_months(k.reviewed_on, :checked),
           CASE WHEN yj_add_months(k.reviewed_on, :checked) >= yj_today() THEN
                     CASE WHEN a.day <= yj_add_months(k.reviewed_on, :checked) THEN yj_add_days(a.day, -1)
                          ELSE yj_add_months(k.reviewed_on, :checked) END
                ELSE yj_add_days(a.day, -1) END
    FROM held h JOIN last t ON t.document_id = h.document_id
         JOIN checks k ON k.document_id = t.document_id AND k.reviewed_on = t.day
         LEFT JOIN ahead a ON a.document_id = h.document_id
    WHERE h.reason = 'in_force' AND CAST(:checked AS INTEGER) > 0
)
SELECT w.subject AS subject, 'not_applicable' AS status, 'not_running' AS reason, NULL AS due,
       CAST(NULL AS TEXT) AS proof_kind, CAST(NULL AS TEXT) AS proof, CAST(NULL AS TEXT) AS v_type,
       CAST(NULL AS TEXT) AS v_document, CAST(NULL AS TEXT) AS v_day, CAST(NULL AS TEXT) AS v_until
FROM own w WHERE w.running = 0
UNION ALL
SELECT w.subject,
       CASE WHEN o.reason IN ('in_force', 'followed') THEN 'met'
            WHEN o.reason IN ('missing', 'not_followed', 'check_overdue', 'outdated') THEN 'unmet'
            ELSE 'unknown' END,
       o.reason, o.due,
       CASE WHEN o.item_id IS NOT NULL THEN 'supervision_item' WHEN o.document_id IS NOT NULL THEN 'rule_document' END,
       coalesce(o.item_id, o.document_id), o.type, o.title, o.day, o.until
FROM own w CROSS JOIN outcome o WHERE w.running > 0
