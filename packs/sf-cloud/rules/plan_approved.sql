-- rule: plan_approved
-- subject: security_plan
-- params: []
-- reasons:
--   used_unapproved:
--     zh: 安全方案“{plan}”没有获批，这些部署却已据此实施：{deployment}。请立即由信息技术负责人和信息安全负责人审批。
--     en: 'Security plan "{plan}" is not approved, yet these deployments already carry it out: {deployment}. Have the head of IT and the head of information security decide on it at once.'
--   signer_missing:
--     zh: 安全方案“{plan}”标为已批准，但没有写明信息技术管理者、信息安全管理者或批准日期。请由两人批准后补填。
--     en: 'Security plan "{plan}" is marked as approved without naming the IT manager, the information security manager, or the date. Have both approve it and complete the record.'
--   not_head_of_it:
--     zh: 安全方案“{plan}”于 {approved} 由“{it_manager}”作为信息技术管理者批准，而当日没有其担任信息技术负责人的任职记录。请登记任职依据，或由在任者批准。
--     en: 'Security plan "{plan}" was approved on {approved} by "{it_manager}" as IT manager, but no appointment as head of IT is on record for that day. Enter the appointment, or have who was in office approve it.'
--   not_head_of_security:
--     zh: 安全方案“{plan}”于 {approved} 由“{security_manager}”作为信息安全管理者批准，而当日没有其担任信息安全负责人的任职记录。请登记任职依据，或由在任者批准。
--     en: 'Security plan "{plan}" was approved on {approved} by "{security_manager}" as information security manager, but no appointment as head of information security is on record for that day. Enter the appointment, or have who was in office approve it.'
--   no_evidence:
--     zh: 安全方案“{plan}”没有附批准文件。请附上。
--     en: Security plan "{plan}" has no document of approval attached. Attach it.
--   ahead:
--     zh: 安全方案“{plan}”的批准日期 {approved} 还没有到，请核对。
--     en: Security plan "{plan}" is dated as approved on {approved}, which is still to come. Check the date.
--   not_approved:
--     zh: 安全方案“{plan}”还没有获批，获批之前不得实施。请评审后由信息技术负责人和信息安全负责人批准。
--     en: Security plan "{plan}" is not approved yet and may not be carried out before. After the review, have the head of IT and the head of information security approve it.
--   approved:
--     zh: 安全方案“{plan}”已于 {approved} 由信息技术负责人“{it_manager}”和信息安全负责人“{security_manager}”批准。
--     en: 'Security plan "{plan}" was approved on {approved} by the head of IT, "{it_manager}", and the head of information security, "{security_manager}".'
WITH base AS MATERIALIZED (
    SELECT p.id AS subject, p.title AS plan, p.state, p.it_manager, p.security_manager, p.approved_on,
           i.name AS it_name, s.name AS security_name,
           CASE WHEN EXISTS (SELECT 1 FROM role r WHERE r.person = p.it_manager AND r.role = 'head_of_it'
                               AND r.since <= p.approved_on AND (r.until IS NULL OR r.until >= p.approved_on)) THEN 1 ELSE 0 END AS it_held,
           CASE WHEN EXISTS (SELECT 1 FROM role r WHERE r.person = p.security_manager AND r.role = 'head_of_information_security'
                               AND r.since <= p.approved_on AND (r.until IS NULL OR r.until >= p.approved_on)) THEN 1 ELSE 0 END AS security_held
    FROM subject x JOIN security_plan p ON p.id = x.id LEFT JOIN person i ON i.id = p.it_manager
         LEFT JOIN person s ON s.id = p.security_manager
), used AS MATERIALIZED (
    SELECT b.subject, d.id AS deployment_id, y.name || ' / ' || d.name AS deployment
    FROM base b JOIN deployment d ON d.plan = b.subject JOIN system y ON y.id = d.system
    WHERE b.state <> 'approved' AND d.state IN ('acquiring', 'operating', 'exiting')
), outcome AS MATERIALIZED (
    SELECT u.subject, 'used_unapproved' AS reason, u.deployment FROM used u
    UNION ALL
    SELECT b.subject, CASE WHEN b.state <> 'approved' THEN 'not_approved'
                           WHEN b.it_name IS NULL OR b.security_name IS NULL OR b.approved_on IS NULL THEN 'signer_missing'
                           WHEN b.approved_on > yj_today() THEN 'ahead'
                           WHEN NOT EXISTS (SELECT 1 FROM security_plan_evidence e WHERE e.id = b.subject) THEN 'no_evidence'
                           WHEN b.it_held = 1 AND b.security_held = 1 THEN 'approved'
                           WHEN b.it_held = 0 THEN 'not_head_of_it' ELSE 'not_head_of_security' END, NULL
    FROM base b
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'approved' THEN 'met' WHEN o.reason IN ('not_approved', 'ahead', 'no_evidence') THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason, CASE WHEN o.reason = 'ahead' THEN yj_add_days(b.approved_on, -1) END AS due,
       'security_plan' AS proof_kind, b.subject AS proof, b.plan AS v_plan, b.approved_on AS v_approved,
       b.it_name AS v_it_manager, b.security_name AS v_security_manager, o.deployment AS v_deployment
FROM outcome o JOIN base b ON b.subject = o.subject
