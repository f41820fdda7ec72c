-- rule: access_revoked
-- subject: exit
-- params: [workdays]
-- reasons:
--   still_open:
--     zh: 退出“{exit}”撤销后试访问仍能进入：{access}。请立即重新撤销并再次试访问，排查期间的访问记录。
--     en: 'Access tried after its revocation at exit "{exit}" still lets in: {access}. Revoke it again at once, try again, and look through the accesses made meanwhile.'
--   overdue:
--     zh: 退出“{exit}”的服务已于 {ended} 停用，这些受托方访问权限超过 {:workdays} 个工作日仍未撤销：{access}。请立即撤销。
--     en: 'The service of exit "{exit}" ended on {ended}; these accesses of the provider were not revoked within {:workdays} working days: {access}. Revoke them at once.'
--   revoked_late:
--     zh: 退出“{exit}”的服务已于 {ended} 停用，这些受托方访问权限超过 {:workdays} 个工作日才撤销：{access}。请核查期间的访问记录，并把延误的原因报告负责人。
--     en: 'The service of exit "{exit}" ended on {ended}; these accesses were revoked more than {:workdays} working days later: {access}. Look through the accesses made meanwhile and report the cause of the delay.'
--   not_registered:
--     zh: 退出“{exit}”清点到 {counted} 项受托方访问权限，只登记了 {registered} 项。请补登记后撤销。
--     en: '{counted} access rights of the provider were counted at exit "{exit}", only {registered} are registered. Register the others and revoke them.'
--   not_counted:
--     zh: 退出“{exit}”还没有清点受托方对本机构资源的物理和电子访问权限，不能确定是否都已登记。请清点并由第二人复核。
--     en: The providers physical and electronic access to our resources has not been counted at exit "{exit}", so whether all is registered is not known. Count it and have a second person confirm.
--   pending:
--     zh: 退出“{exit}”的受托方访问权限尚待撤销（停用服务后 {:workdays} 个工作日内）：{access}。
--     en: 'Access of the provider still to be revoked at exit "{exit}", within {:workdays} working days after the service ends: {access}.'
--   not_tested:
--     zh: 退出“{exit}”的这些受托方访问权限已撤销，还没有由撤销人以外的人试访问确认或没有证据：{access}。请试访问并登记次数、结果和证据。
--     en: 'These accesses were revoked at exit "{exit}", but nobody else has tried them since, or there is no evidence: {access}. Try them and enter attempts, result and evidence.'
--   ahead:
--     zh: 退出“{exit}”登记的撤销或试访问日期还没有到：{access}。请核对。
--     en: 'Revocations or tests of exit "{exit}" are dated after today: {access}. Check the dates.'
--   no_access:
--     zh: 退出“{exit}”经清点，受托方没有对本机构资源的访问权限，本条不适用。
--     en: A count at exit "{exit}" found that the provider has no access to our resources; the requirement does not apply.
--   revoked:
--     zh: 退出“{exit}”的受托方访问权限均已及时撤销，试访问均不能进入：{access}。
--     en: 'All access of the provider was revoked in time at exit "{exit}", and no attempt gets in: {access}.'
WITH leaving AS (
    SELECT x.id AS subject, e.title AS exit_title, e.service_ended_on AS ended, e.deployment,
           yj_add_workdays(e.service_ended_on, :workdays) AS last_day, c.id AS count_id, c.counted,
           (SELECT count(*) FROM access_grant g WHERE g.deployment = e.deployment) AS registered
    FROM subject x JOIN exit e ON e.id = x.id
         LEFT JOIN exit_count c ON c.exit = e.id AND c.matter = 'access' AND c.confirmed_by IS NOT NULL
              AND EXISTS (SELECT 1 FROM exit_count_evidence v WHERE v.id = c.id)
), judged AS MATERIALIZED (
    SELECT l.subject, g.id AS grant_id, g.name, r.id AS revocation_id, r.revoked_on, r.tested_on, l.last_day,
           CASE WHEN r.id IS NULL AND (l.last_day IS NULL OR l.last_day >= yj_today()) THEN 'pending'
                WHEN r.id IS NULL THEN 'overdue'
                WHEN r.revoked_on > yj_today() AND l.last_day < yj_today() THEN 'overdue'
                WHEN r.revoked_on > yj_today() OR r.tested_on > yj_today() THEN 'ahead'
                WHEN r.attempts_let_in > 0 THEN 'still_open'
                WHEN r.revoked_on > l.last_day THEN 'revoked_late'
                WHEN r.tested_by IS NULL OR r.tested_on IS NULL OR r.method IS NULL OR r.attempts IS NULL OR r.attempts = 0
                     OR r.attempts_let_in IS NULL
                     OR NOT EXISTS (SELECT 1 FROM access_revocation_evidence v WHERE v.id = r.id)
                THEN 'not_tested'
                ELSE 'revoked' END AS reason
    FROM leaving l JOIN access_grant g ON g.deployment = l.deployment
         LEFT JOIN access_revocation r ON r.access_grant = g.id
), outcome AS (
    SELECT j.subject, j.reason, j.grant_id, j.revocation_id, j.name AS access,
           CASE WHEN j.reason = 'pending' THEN j.last_day
                WHEN j.reason = 'ahead' AND j.revoked_on > yj_today() AND j.last_day < j.revoked_on THEN j.last_day
                WHEN j.revoked_on > yj_today() THEN yj_add_days(j.revoked_on, -1)
                WHEN j.reason = 'ahead' THEN yj_add_days(j.tested_on, -1) END AS due
    FROM judged j
    UNION ALL
    SELECT l.subject,
           CASE WHEN l.count_id IS NULL THEN 'not_counted' WHEN l.registered < l.counted THEN 'not_registered' ELSE 'no_access' END,
           NULL, NULL, NULL, NULL
    FROM leaving l WHERE l.count_id IS NULL OR l.registered < l.counted OR l.registered = 0
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'revoked' THEN 'met'
            WHEN o.reason = 'no_access' THEN 'not_applicable'
            WHEN o.reason IN ('still_open', 'overdue', 'revoked_late', 'not_registered') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.revocation_id IS NOT NULL THEN 'access_revocation' WHEN o.grant_id IS NOT NULL THEN 'access_grant'
            WHEN l.count_id IS NOT NULL THEN 'exit_count' ELSE 'exit' END AS proof_kind,
       coalesce(o.revocation_id, o.grant_id, l.count_id, o.subject) AS proof,
       l.exit_title AS v_exit, l.ended AS v_ended, o.access AS v_access, CAST(l.counted AS TEXT) AS v_counted,
       CAST(l.registered AS TEXT) AS v_registered
FROM outcome o JOIN leaving l ON l.subject = o.subject
