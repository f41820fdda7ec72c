-- rule: topics_audited
-- subject: institution
-- params: [types, months, setting]
-- reach: institution
-- reasons:
--   uncovered:
--     zh: 机构“{institution}”的这些审计事项没有在 {months} 个月之内审计：{topic}（括号内为应审计的最后一日；期限可由设置 {:setting} 改动）。请列入下一次专项审计。
--     en: 'These audit topics of institution "{institution}" were not audited within {months} months: {topic} (the last day in brackets; setting {:setting} can change the term). Put them into the next special audit.'
--   type_missing:
--     zh: 机构“{institution}”没有填写业务类型，无法判断本条是否适用。请在机构信息中填写。
--     en: Institution "{institution}" does not say what business it is licensed for, so it cannot be told whether this applies. Enter it with the institution.
--   bad_setting:
--     zh: 设置 {:setting} 的值“{value}”不是 1 到 9999 的整数月数，期限无法计算。请更正。
--     en: Setting {:setting} has the value "{value}", which is no whole number of months from 1 to 9999, so the term cannot be worked out. Correct it.
--   no_topics:
--     zh: 机构“{institution}”没有登记信息技术审计应覆盖的事项，覆盖情况无从判断。请逐项登记。
--     en: Institution "{institution}" has no list of the topics that IT audits must cover, so coverage cannot be told. Enter them.
--   other_type:
--     zh: 机构“{institution}”登记的业务类型是{licence|choice:institution.licence}，本条不约束这类机构。
--     en: 'The business of institution "{institution}" is {licence|choice:institution.licence}; this duty is not on such institutions.'
--   covered:
--     zh: 机构“{institution}”的审计事项都在 {months} 个月之内审计过或期限未到：{topic}（括号内为应审计的最后一日）。
--     en: 'Every audit topic of institution "{institution}" was audited within {months} months or still has time: {topic} (the last day in brackets).'
WITH term AS MATERIALIZED (
    SELECT s.value,
           CASE WHEN s.value IS NULL THEN CAST(:months AS INTEGER)
                WHEN length(s.value) < 5 AND trim(s.value, '0123456789') = '' AND trim(s.value, '0') <> ''
                THEN CAST(s.value AS INTEGER) END AS months
    FROM (SELECT :setting AS name) n LEFT JOIN setting s ON s.name = n.name
), own AS MATERIALIZED (
    SELECT i.id AS subject, i.name AS institution, m.months, m.value,
           CASE WHEN EXISTS (SELECT 1 FROM institution_licence l
                             WHERE l.id = i.id AND ' ' || :types || ' ' LIKE '% ' || l.value || ' %')
                THEN CASE WHEN m.months IS NULL THEN 'bad_setting' ELSE 'bound' END
                WHEN i.type = 'client' AND NOT EXISTS (SELECT 1 FROM institution_licence l WHERE l.id = i.id)
                THEN 'type_missing'
                ELSE 'other_type' END AS scope
    FROM subject x JOIN institution i ON i.id = x.id CROSS JOIN term m
), covering AS MATERIALIZED (
    SELECT p.value AS topic_id, max(a.completed_on) AS day
    FROM it_audit a JOIN it_audit_topics p ON p.id = a.id
    WHERE a.state = 'completed' AND a.led_by IS NOT NULL AND a.received_by IS NOT NULL AND a.completed_on <= yj_today()
      AND EXISTS (SELECT 1 FROM it_audit_evidence e WHERE e.id = a.id)
    GROUP BY p.value
), ahead AS MATERIALIZED (
    -- an audit dated after today counts once its day has come
    SELECT p.value AS topic_id, min(a.completed_on) AS day
    FROM it_audit a JOIN it_audit_topics p ON p.id = a.id
    WHERE a.state = 'completed' AND a.led_by IS NOT NULL AND a.received_by IS NOT NULL AND a.completed_on > yj_today()
      AND EXISTS (SELECT 1 FROM it_audit_evidence e WHERE e.id = a.id)
    GROUP BY p.value
), topic AS MATERIALIZED (
    SELECT t.id AS topic_id, t.name, yj_add_months(coalesce(c.day, t.listed_on), m.months) AS until, h.day AS ahead
    FROM audit_topic t CROSS JOIN term m LEFT JOIN covering c ON c.topic_id = t.id LEFT JOIN ahead h ON h.topic_id = t.id
    WHERE t.state = 'active'
), outcome AS (
    SELECT o.subject, CASE WHEN o.scope = 'bound' THEN 'no_topics' ELSE o.scope END AS reason,
           CAST(NULL AS TEXT) AS topic_id, CAST(NULL AS TEXT) AS topic, CAST(NULL AS TEXT) AS due
    FROM own o WHERE o.scope <> 'bound' OR NOT EXISTS (SELECT 1 FROM topic t)
    UNION ALL
    SELECT o.subject, CASE WHEN t.until < yj_today() THEN 'uncovered' ELSE 'covered' END, t.topic_id,
           t.name || ' (' || t.until || ')',
           CASE WHEN t.until >= yj_today() THEN t.until ELSE yj_add_days(t.ahead, -1) END
    FROM own o CROSS JOIN topic t WHERE o.scope = 'bound'
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'covered' THEN 'met' WHEN o.reason = 'uncovered' THEN 'unmet'
            WHEN o.reason = 'other_type' THEN 'not_applicable' ELSE 'unknown' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.topic_id IS NULL THEN 'institution' ELSE 'audit_topic' END AS proof_kind,
       coalesce(o.topic_id, o.subject) AS proof,
       i.institution AS v_institution, l.value AS v_licence, o.topic AS v_topic, CAST(i.months AS TEXT) AS v_months, i.value AS v_value
FROM outcome o JOIN own i ON i.subject = o.subject
     LEFT JOIN institution_licence l ON l.id = o.subject
