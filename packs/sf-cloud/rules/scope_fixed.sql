-- rule: scope_fixed
-- subject: institution
-- params: [months]
-- reach: institution
-- reasons:
--   outside:
--     zh: 这些部署的系统不在有效的云应用范围之内：{deployment}。请修订范围并批准，或把系统移出云。
--     en: 'The systems of these deployments are not inside a scope of cloud use in force: {deployment}. Revise the scope and have it approved, or take the system off the cloud.'
--   excluded_placed:
--     zh: 这些系统被列为不上云，却有云上部署：{deployment}。请更正范围或停止部署。
--     en: 'These systems are listed as kept off the cloud, yet have a deployment: {deployment}. Correct the scope or stop the deployment.'
--   model_outside:
--     zh: 这些部署的模式不在云应用范围允许之列：{deployment}。请修订范围，或改用允许的模式。
--     en: 'The model of these deployments is not among those that the scope allows: {deployment}. Revise the scope or use a model that it allows.'
--   overdue:
--     zh: 云应用范围“{scope}”应在 {until} 前复核，已超期。请复核后更新批准日期。
--     en: 'The scope "{scope}" was to be reviewed by {until} and is overdue. Review it and change the date of approval.'
--   incomplete:
--     zh: 云应用范围“{scope}”没有写明边界、适用性、允许的部署模式、系统，或批准人和日期。请补齐。
--     en: 'The scope "{scope}" lacks its boundary, its applicability, the models allowed, the systems, or who approved it and when. Complete it.'
--   none:
--     zh: 没有有效的云应用范围。请写明边界和适用性、列出系统，经批准后登记。
--     en: No scope of cloud use is in force. State boundary and applicability, list the systems, have it approved and enter it.
--   fixed:
--     zh: 云应用范围“{scope}”有效，全部部署都在其内，最早的复核期限为 {until}。
--     en: 'The scope "{scope}" is in force and every deployment lies inside; the next review is due by {until}.'
WITH scope AS MATERIALIZED (
    SELECT x.id AS subject, c.id AS scope_id, c.title,
           CASE WHEN c.boundary IS NULL OR c.applicability IS NULL OR c.author IS NULL OR c.approved_by IS NULL
                     OR c.approved_on IS NULL
                     OR NOT EXISTS (SELECT 1 FROM cloud_scope_models m WHERE m.id = c.id)
                     OR NOT EXISTS (SELECT 1 FROM cloud_scope_systems v WHERE v.id = c.id) THEN 'incomplete'
                WHEN CASE WHEN c.review_by < yj_add_months(c.approved_on, :months) THEN c.review_by
                          ELSE yj_add_months(c.approved_on, :months) END < yj_today() THEN 'overdue'
                ELSE 'fixed' END AS reason,
           CASE WHEN c.review_by < yj_add_months(c.approved_on, :months) THEN c.review_by
                ELSE yj_add_months(c.approved_on, :months) END AS until
    FROM subject x JOIN cloud_scope c ON c.state = 'in_force'
), placed AS MATERIALIZED (
    SELECT x.id AS subject, d.id AS deployment_id, s.name || ' / ' || d.name AS deployment, d.model,
           CASE WHEN EXISTS (SELECT 1 FROM cloud_scope_excluded v JOIN cloud_scope c ON c.id = v.id
                             WHERE v.value = d.system AND c.state = 'in_force') THEN 'excluded_placed'
                WHEN NOT EXISTS (SELECT 1 FROM cloud_scope_systems v JOIN cloud_scope c ON c.id = v.id
                                 WHERE v.value = d.system AND c.state = 'in_force') THEN 'outside'
                WHEN d.model IS NOT NULL
                     AND NOT EXISTS (SELECT 1 FROM cloud_scope_systems v JOIN cloud_scope c ON c.id = v.id
                                          JOIN cloud_scope_models m ON m.id = c.id
                                     WHERE v.value = d.system AND c.state = 'in_force' AND m.value = d.model)
                THEN 'model_outside'
                ELSE 'inside' END AS fault
    FROM subject x JOIN deployment d ON d.state <> 'closed' JOIN system s ON s.id = d.system
)
SELECT c.subject AS subject, CASE WHEN c.reason = 'fixed' THEN 'met' ELSE 'unmet' END AS status, c.reason AS reason,
       CASE WHEN c.until >= yj_today() THEN c.until END AS due, 'cloud_scope' AS proof_kind, c.scope_id AS proof,
       c.title AS v_scope, CASE WHEN c.reason = 'overdue' THEN c.until
                                WHEN c.reason = 'fixed'
                                THEN (SELECT min(o.until) FROM scope o WHERE o.subject = c.subject) END AS v_until,
       CAST(NULL AS TEXT) AS v_deployment
FROM scope c
UNION ALL
SELECT p.subject, 'unmet', p.fault, NULL, 'deployment', p.deployment_id, NULL, NULL, p.deployment
FROM placed p WHERE p.fault <> 'inside' AND EXISTS (SELECT 1 FROM scope c WHERE c.subject = p.subject)
UNION ALL
SELECT x.id, 'unknown', 'none', NULL, NULL, NULL, NULL, NULL, NULL
FROM subject x WHERE NOT EXISTS (SELECT 1 FROM scope c WHERE c.subject = x.id)
