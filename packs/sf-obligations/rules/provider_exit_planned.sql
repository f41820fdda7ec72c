-- rule: provider_exit_planned
-- subject: provider
-- params: [types, months, setting]
-- reach: institution
-- reasons:
--   overdue:
--     zh: 供应商“{provider}”的退出应对方案（{plan}）批准于 {day}，应不晚于 {until} 再评审批准（每 {months} 个月一次，可由设置 {:setting} 改动）。请评审。
--     en: The exit plan for provider "{provider}" ({plan}) was approved on {day} and was to be reviewed and approved again by {until} (every {months} months, which setting {:setting} can change). Review it.
--   unplanned:
--     zh: 供应商“{provider}”的退出应对方案（{plan}）没有安排这些重要部署的去向：{deployment}。请补充。
--     en: 'The exit plan for provider "{provider}" ({plan}) says nothing of these important deployments: {deployment}. Add them.'
--   same_provider:
--     zh: 供应商“{provider}”的退出应对方案（{plan}）把这些部署仍迁往该供应商的平台，或没有写明迁往哪个平台：{deployment}。请改为另一供应商的平台或本机构机房。
--     en: 'The exit plan for provider "{provider}" ({plan}) moves these deployments to a platform of the same provider, or names none: {deployment}. Choose one of another provider, or the institution''s own site.'
--   too_slow:
--     zh: 供应商“{provider}”退出时，这些部署迁出所需天数超过合同约定的提前通知天数：{deployment}（括号内为所需天数和通知天数）。请缩短迁出时间，或在合同中延长通知期。
--     en: 'If provider "{provider}" leaves, these deployments need more days than the contract gives notice: {deployment} (days needed, days of notice). Speed the move up, or have the contract give longer notice.'
--   type_missing:
--     zh: 机构没有填写业务类型，无法判断本条是否适用于供应商“{provider}”。请在机构信息中填写。
--     en: The institution does not say what business it is licensed for, so it cannot be told whether this applies to provider "{provider}". Enter it with the institution.
--   unweighed:
--     zh: 供应商“{provider}”承载的这些系统没有填写是否重要信息系统：{deployment}。请填写。
--     en: 'These systems run by provider "{provider}" do not say whether they are important: {deployment}. Enter it.'
--   bad_setting:
--     zh: 设置 {:setting} 的值“{value}”不是 1 到 9999 的整数月数，期限无法计算。请更正。
--     en: Setting {:setting} has the value "{value}", which is no whole number of months from 1 to 9999, so the term cannot be worked out. Correct it.
--   none:
--     zh: 供应商“{provider}”承载重要信息系统（{deployment}），但没有退出应对方案。请逐个部署安排去向，批准后施行。
--     en: Provider "{provider}" runs important systems ({deployment}), but there is no plan for its exit. Settle where each deployment goes, have the plan approved and put in force.
--   not_approved:
--     zh: 供应商“{provider}”的退出应对方案（{plan}）还不能作数：须由编制人以外的人批准、施行并附正文。
--     en: 'The exit plan for provider "{provider}" ({plan}) does not count yet: someone other than its author must approve it, it must be in force and have its text attached.'
--   in_future:
--     zh: 供应商“{provider}”的退出应对方案（{plan}）的批准日期 {day} 晚于今天，请更正。
--     en: The exit plan for provider "{provider}" ({plan}) is approved on {day}, after today. Correct it.
--   unmeasured:
--     zh: 供应商“{provider}”的退出应对方案（{plan}）没有写明这些部署迁出需要多少天，或合同没有登记提前通知天数：{deployment}。请填写。
--     en: 'The exit plan for provider "{provider}" ({plan}) does not say how many days these deployments need, or their contract has no days of notice on record: {deployment}. Enter them.'
--   other_type:
--     zh: 本机构登记的业务类型是{licence|choice:institution.licence}，本条不约束这类机构。
--     en: 'The business of this institution is {licence|choice:institution.licence}; this duty is not on such institutions.'
--   own_cloud:
--     zh: “{provider}”是本机构自身，不存在供应商退出的情形。
--     en: '"{provider}" is the institution itself; it cannot leave.'
--   not_main:
--     zh: 供应商“{provider}”没有承载运行中的重要信息系统，本条不适用。
--     en: Provider "{provider}" runs no important system at present; this does not apply.
--   planned:
--     zh: 供应商“{provider}”的退出应对方案（{plan}）于 {day} 批准，逐个安排了重要部署的去向（{deployment}），应不晚于 {until} 再评审。
--     en: The exit plan for provider "{provider}" ({plan}), approved on {day}, settles where each important deployment goes ({deployment}); it is to be reviewed by {until}.
WITH own AS MATERIALIZED (
    SELECT CASE WHEN EXISTS (SELECT 1 FROM institution_licence l
                             WHERE ' ' || :types || ' ' LIKE '% ' || l.value || ' %') THEN 'bound'
                WHEN i.type = 'client' AND NOT EXISTS (SELECT 1 FROM institution_licence l)
                THEN 'type_missing'
                ELSE 'other_type' END AS scope
    FROM institution i
), term AS MATERIALIZED (
    SELECT s.value,
           CASE WHEN s.value IS NULL THEN CAST(:months AS INTEGER)
                WHEN length(s.value) < 5 AND trim(s.value, '0123456789') = '' AND trim(s.value, '0') <> ''
                THEN CAST(s.value AS INTEGER) END AS months
    FROM (SELECT :setting AS name) n LEFT JOIN setting s ON s.name = n.name
), weighed AS MATERIALIZED (
    SELECT p.id AS subject, p.name, m.months, m.value,
           CASE WHEN o.scope <> 'bound' THEN o.scope WHEN p.type = 'own' THEN 'own_cloud'
                WHEN m.months IS NULL THEN 'bad_setting' ELSE 'owed' END AS scope
    FROM subject x JOIN provider p ON p.id = x.id CROSS JOIN own o CROSS JOIN term m
), running AS MATERIALIZED (
    SELECT x.id AS subject, d.id AS deployment_id, s.name || ' / ' || d.name AS deployment, s.importance, k.notice_days
    FROM subject x JOIN platform f ON f.provider = x.id JOIN deployment d ON d.platform = f.id
         JOIN system s ON s.id = d.system LEFT JOIN contract k ON k.id = d.contract
    WHERE d.state IN ('operating', 'exiting') AND (s.importance = 'important' OR s.importance IS NULL)
), plan AS MATERIALIZED (
    SELECT q.provider AS subject, q.id AS plan_id, q.title, q.approved_on,
           CASE WHEN q.state = 'in_force' AND q.prepared_by IS NOT NULL AND q.approved_by IS NOT NULL AND q.approved_on IS NOT NULL
                     AND EXISTS (SELECT 1 FROM provider_exit_plan_evidence e WHERE e.id = q.id) THEN 1 ELSE 0 END AS complete
    FROM subject x JOIN provider_exit_plan q ON q.provider = x.id WHERE q.state <> 'repealed'
), last AS MATERIALIZED (
    SELECT q.subject, max(q.approved_on) AS day FROM plan q WHERE q.complete = 1 AND q.approved_on <= yj_today() GROUP BY q.subject
), arranged AS MATERIALIZED (
    SELECT q.subject, q.plan_id, r.deployment_id, r.deployment, a.days_needed, r.notice_days,
           CASE WHEN a.id IS NULL THEN 'unplanned'
                WHEN a.target = 'platform'
                     AND NOT EXISTS (SELECT 1 FROM platform f WHERE f.id = a.target_platform AND f.provider <> q.subject)
                THEN 'same_provider'
                WHEN a.days_needed IS NULL OR r.notice_days IS NULL THEN 'unmeasured'
                WHEN a.days_needed > r.notice_days THEN 'too_slow'
                ELSE 'planned' END AS reason
    FROM last t JOIN plan q ON q.subject = t.subject AND q.complete = 1 AND q.approved_on = t.day
         JOIN running r ON r.subject = q.subject AND r.importance = 'important'
         LEFT JOIN exit_arrangement a ON a.plan = q.plan_id AND a.deployment = r.deployment_id
), outcome AS (
    SELECT w.subject, w.scope AS reason, CAST(NULL AS TEXT) AS plan_id, CAST(NULL AS TEXT) AS title,
           CAST(NULL AS TEXT) AS deployment, CAST(NULL AS TEXT) AS day, CAST(NULL AS TEXT) AS until, CAST(NULL AS TEXT) AS due
    FROM weighed w WHERE w.scope <> 'owed'
    UNION ALL
    SELECT w.subject, 'not_main', NULL, NULL, NULL, NULL, NULL, NULL
    FROM weighed w WHERE w.scope = 'owed' AND NOT EXISTS (SELECT 1 FROM running r WHERE r.subject = w.subject)
    UNION ALL
    SELECT w.subject, 'unweighed', NULL, NULL, r.deployment, NULL, NULL, NULL
    FROM weighed w JOIN running r ON r.subject = w.subject WHERE w.scope = 'owed' AND r.importance IS NULL
    UNION ALL
    SELECT w.subject, 'none', NULL, NULL, r.deployment, NULL, NULL, NULL
    FROM weighed w JOIN running r ON r.subject = w.subject AND r.importance = 'important'
    WHERE w.scope = 'owed' AND NOT EXISTS (SELECT 1 FROM plan q WHERE q.subject = w.subject)
    UNION ALL
    SELECT w.subject, 'not_approved', q.plan_id, q.title, NULL, NULL, NULL, NULL
    FROM weighed w JOIN plan q ON q.subject = w.subject
    WHERE w.scope = 'owed' AND q.complete = 0 AND NOT EXISTS (SELECT 1 FROM last t WHERE t.subject = w.subject)
      AND EXISTS (SELECT 1 FROM running r WHERE r.subject = w.subject AND r.importance = 'important')
    UNION ALL
    SELECT w.subject, 'in_future', q.plan_id, q.title, NULL, q.approved_on, NULL, yj_add_days(q.approved_on, -1)
    FROM weighed w JOIN plan q ON q.subject = w.subject
    WHERE w.scope = 'owed' AND q.complete = 1 AND q.approved_on > yj_today()
      AND EXISTS (SELECT 1 FROM running r WHERE r.subject = w.subject AND r.importance = 'important')
    UNION ALL
    SELECT w.subject,
           CASE WHEN a.reason <> 'planned' THEN a.reason
                WHEN yj_add_months(t.day, w.months) < yj_today() THEN 'overdue' ELSE 'planned' END,
           a.plan_id, q.title,
           a.deployment || CASE WHEN a.reason = 'too_slow'
                                THEN ' (' || CAST(a.days_needed AS TEXT) || ' > ' || CAST(a.notice_days AS TEXT) || ')'
                                ELSE '' END,
           t.day, yj_add_months(t.day, w.months),
           CASE WHEN yj_add_months(t.day, w.months) >= yj_today() THEN yj_add_months(t.day, w.months) END
    FROM weighed w JOIN last t ON t.subject = w.subject JOIN arranged a ON a.subject = w.subject
         JOIN plan q ON q.plan_id = a.plan_id
    WHERE w.scope = 'owed'
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'planned' THEN 'met'
            WHEN o.reason IN ('overdue', 'unplanned', 'same_provider', 'too_slow') THEN 'unmet'
            WHEN o.reason IN ('other_type', 'own_cloud', 'not_main') THEN 'not_applicable' ELSE 'unknown' END AS status,
       o.reason AS reason, CASE WHEN o.reason IN ('planned', 'in_future') THEN o.due END AS due,
       CASE WHEN o.plan_id IS NULL THEN 'provider' ELSE 'provider_exit_plan' END AS proof_kind,
       coalesce(o.plan_id, o.subject) AS proof,
       w.name AS v_provider, l.value AS v_licence, o.title AS v_plan, o.deployment AS v_deployment, o.day AS v_day,
       o.until AS v_until, CAST(w.months AS TEXT) AS v_months, w.value AS v_value
FROM outcome o JOIN weighed w ON w.subject = o.subject LEFT JOIN institution_licence l ON o.reason = 'other_type'
