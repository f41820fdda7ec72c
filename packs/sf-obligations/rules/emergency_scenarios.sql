-- rule: emergency_scenarios
-- subject: institution
-- params: [types, scenarios]
-- reach: institution
-- reasons:
--   uncovered:
--     zh: 机构“{institution}”施行中的应急预案没有涵盖这些情景：{scenario|choice:rule_document.scenarios}。请补充后发布。
--     en: 'The emergency plans in force of institution "{institution}" do not cover these scenarios: {scenario|choice:rule_document.scenarios}. Add them and issue the plan.'
--   outdated:
--     zh: 机构“{institution}”的应急预案（{plan}）应在 {until} 前评审，已过期限，不再作数。请评审后更新。
--     en: The emergency plan of institution "{institution}" ({plan}) was to be reviewed by {until} and no longer counts. Review and renew it.
--   type_missing:
--     zh: 机构“{institution}”没有填写业务类型，无法判断本条是否适用。请在机构信息中填写。
--     en: Institution "{institution}" does not say what business it is licensed for, so it cannot be told whether this applies. Enter it with the institution.
--   no_plan:
--     zh: 机构“{institution}”没有施行中的应急预案（须已批准、附正文、写明评审期限）。请制定并发布。
--     en: Institution "{institution}" has no emergency plan in force (approved, with its text attached and a day of review). Draw one up and issue it.
--   to_come:
--     zh: 机构“{institution}”的应急预案（{plan}）自 {day} 起施行，还没有生效。
--     en: The emergency plan of institution "{institution}" ({plan}) is in force from {day} only.
--   other_type:
--     zh: 机构“{institution}”登记的业务类型是{licence|choice:institution.licence}，本条不约束这类机构。
--     en: 'The business of institution "{institution}" is {licence|choice:institution.licence}; this duty is not on such institutions.'
--   covered:
--     zh: 机构“{institution}”的应急预案（{plan}）涵盖{scenario|choice:rule_document.scenarios}，应不晚于 {until} 评审。
--     en: 'The emergency plan of institution "{institution}" ({plan}) covers {scenario|choice:rule_document.scenarios}; it is to be reviewed by {until}.'
WITH own AS MATERIALIZED (
    SELECT i.id AS subject, i.name AS institution,
           CASE WHEN EXISTS (SELECT 1 FROM institution_licence l
                             WHERE l.id = i.id AND ' ' || :types || ' ' LIKE '% ' || l.value || ' %') THEN 'bound'
                WHEN i.type = 'client' AND NOT EXISTS (SELECT 1 FROM institution_licence l WHERE l.id = i.id)
                THEN 'type_missing'
                ELSE 'other_type' END AS scope
    FROM subject x JOIN institution i ON i.id = x.id
), wanted AS (
    SELECT 'attack' AS scenario
    UNION ALL SELECT 'leak'
    UNION ALL SELECT 'outage'
    UNION ALL SELECT 'disaster'
    UNION ALL SELECT 'personnel'
    UNION ALL SELECT 'provider_exit'
), scenario AS MATERIALIZED (
    SELECT w.scenario FROM wanted w WHERE ' ' || :scenarios || ' ' LIKE '% ' || w.scenario || ' %'
), plan AS MATERIALIZED (
    SELECT r.id AS plan_id, r.title, r.valid_from, r.review_by,
           CASE WHEN r.review_by < yj_today() THEN 'outdated' WHEN r.valid_from > yj_today() THEN 'to_come'
                ELSE 'in_force' END AS standing
    FROM rule_document r
    WHERE r.state = 'in_force' AND r.approved_by IS NOT NULL AND r.approved_on IS NOT NULL AND r.valid_from IS NOT NULL
      AND r.review_by IS NOT NULL
      AND EXISTS (SELECT 1 FROM rule_document_type t WHERE t.id = r.id AND t.value = 'emergency_plan')
      AND EXISTS (SELECT 1 FROM rule_document_evidence e WHERE e.id = r.id)
), covering AS MATERIALIZED (
    SELECT s.value AS scenario, p.plan_id, p.title, p.review_by
    FROM plan p JOIN rule_document_scenarios s ON s.id = p.plan_id WHERE p.standing = 'in_force'
), best AS MATERIALIZED (
    -- of several plans on a scenario the one that holds longest
    SELECT c.scenario, max(c.review_by) AS until FROM covering c GROUP BY c.scenario
), coming AS (
    SELECT min(p.valid_from) AS day FROM plan p WHERE p.standing = 'to_come'
), outcome AS (
    SELECT o.subject, o.scope AS reason, CAST(NULL AS TEXT) AS plan_id, CAST(NULL AS TEXT) AS title, CAST(NULL AS TEXT) AS scenario,
           CAST(NULL AS TEXT) AS day, CAST(NULL AS TEXT) AS until, CAST(NULL AS TEXT) AS due
    FROM own o WHERE o.scope <> 'bound'
    UNION ALL
    SELECT o.subject, 'no_plan', NULL, NULL, NULL, NULL, NULL, NULL
    FROM own o WHERE o.scope = 'bound' AND NOT EXISTS (SELECT 1 FROM plan p)
    UNION ALL
    SELECT o.subject, p.standing, p.plan_id, p.title, NULL, p.valid_from, p.review_by,
           CASE WHEN p.standing = 'to_come' THEN yj_add_days(p.valid_from, -1) END
    FROM own o CROSS JOIN plan p
    WHERE o.scope = 'bound' AND NOT EXISTS (SELECT 1 FROM plan q WHERE q.standing = 'in_force')
    UNION ALL
    SELECT o.subject, 'uncovered', NULL, NULL, s.scenario, NULL, NULL, yj_add_days(g.day, -1)
    FROM own o CROSS JOIN scenario s CROSS JOIN coming g
    WHERE o.scope = 'bound' AND EXISTS (SELECT 1 FROM plan q WHERE q.standing = 'in_force')
      AND NOT EXISTS (SELECT 1 FROM best b WHERE b.scenario = s.scenario)
    UNION ALL
    SELECT o.subject, 'covered', c.plan_id, c.title, s.scenario, NULL, b.until, b.until
    FROM own o CROSS JOIN scenario s JOIN best b ON b.scenario = s.scenario
         JOIN covering c ON c.scenario = b.scenario AND c.review_by = b.until
    WHERE o.scope = 'bound'
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'covered' THEN 'met' WHEN o.reason IN ('uncovered', 'outdated') THEN 'unmet'
            WHEN o.reason = 'other_type' THEN 'not_applicable' ELSE 'unknown' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.plan_id IS NULL THEN 'institution' ELSE 'rule_document' END AS proof_kind,
       coalesce(o.plan_id, o.subject) AS proof,
       i.institution AS v_institution, l.value AS v_licence, o.title AS v_plan, o.scenario AS v_scenario, o.day AS v_day,
       o.until AS v_until
FROM outcome o JOIN own i ON i.subject = o.subject LEFT JOIN institution_licence l ON l.id = o.subject
