-- rule: access_permitted
-- subject: platform
-- params: [running]
-- reasons:
--   not_permitted:
--     zh: 平台“{platform}”的受托方未经许可也无法律依据就访问、修改或使用了委托方数据：{what}（{day}）。请查明影响，督促整改，依合同追究。
--     en: 'The provider of platform "{platform}" accessed, changed or used client data with neither permission nor legal basis: {what} ({day}). Find out what was affected, have it remedied and enforce the contract.'
--   outside:
--     zh: 平台“{platform}”的受托方在许可期限之外访问、修改或使用了委托方数据：{what}（{day}，许可自 {from} 至 {until}）。请查明影响，督促整改，依合同追究。
--     en: 'The provider of platform "{platform}" accessed, changed or used client data outside the time permitted: {what} ({day}; permitted from {from} until {until}). Find out what was affected, have it remedied and enforce the contract.'
--   undated:
--     zh: 平台“{platform}”的这些访问没有登记访问日期，不能判断是否在许可期限之内：{what}。请补填。
--     en: 'These accesses on platform "{platform}" have no date, so whether they were within the permission cannot be told: {what}. Enter it.'
--   ahead:
--     zh: 平台“{platform}”的这些访问标为已发生，日期（{day}）却还没有到：{what}。请核对。
--     en: 'These accesses on platform "{platform}" are marked as done, but dated after today ({day}): {what}. Check the dates.'
--   no_evidence:
--     zh: 平台“{platform}”的这些访问没有附许可文件、法律文书或操作日志：{what}。请补上。
--     en: 'Neither permission, legal order nor log is attached to these accesses on platform "{platform}": {what}. Attach them.'
--   not_running:
--     zh: 平台“{platform}”上没有运行中的部署，本条暂不适用。
--     en: Nothing is in operation on platform "{platform}", so the requirement does not apply yet.
--   none_known:
--     zh: 平台“{platform}”没有登记受托方访问、修改或使用委托方数据。
--     en: No access of the provider to client data, nor change or use of them, is on record for platform "{platform}".
--   permitted:
--     zh: 平台“{platform}”的受托方访问、修改或使用委托方数据均在许可期限之内或依中国法律：{what}。
--     en: 'What the provider of platform "{platform}" accessed, changed or used was within the time permitted, or required by Chinese law: {what}.'
WITH cloud AS MATERIALIZED (
    SELECT p.id AS subject, p.name,
           CASE WHEN EXISTS (SELECT 1 FROM deployment d
                             WHERE d.platform = p.id AND ' ' || :running || ' ' LIKE '% ' || d.state || ' %')
                THEN 1 ELSE 0 END AS live
    FROM subject x JOIN platform p ON p.id = x.id
), done AS MATERIALIZED (
    SELECT c.subject, a.id AS access_id, a.purpose, a.accessed_on, a.permitted_on, a.permitted_until,
           CASE WHEN a.legal_basis IS NULL AND (a.permitted_on IS NULL OR a.permitted_by IS NULL) THEN 'not_permitted'
                WHEN a.legal_basis IS NULL AND (a.accessed_on < a.permitted_on OR a.accessed_on > a.permitted_until)
                THEN 'outside'
                WHEN a.accessed_on IS NULL THEN 'undated'
                WHEN a.accessed_on > yj_today() THEN 'ahead'
                WHEN NOT EXISTS (SELECT 1 FROM provider_access_evidence e WHERE e.id = a.id) THEN 'no_evidence'
                ELSE 'permitted' END AS reason
    FROM cloud c JOIN provider_access a ON a.platform = c.subject AND a.state = 'done'
    WHERE c.live = 1
)
SELECT d.subject AS subject,
       CASE WHEN d.reason = 'permitted' THEN 'met' WHEN d.reason IN ('not_permitted', 'outside') THEN 'unmet'
            ELSE 'unknown' END AS status,
       d.reason AS reason, CASE WHEN d.reason = 'ahead' THEN yj_add_days(d.accessed_on, -1) END AS due,
       'provider_access' AS proof_kind, d.access_id AS proof,
       c.name AS v_platform, d.purpose AS v_what, d.accessed_on AS v_day, d.permitted_on AS v_from,
       d.permitted_until AS v_until
FROM done d JOIN cloud c ON c.subject = d.subject
UNION ALL
SELECT c.subject, CASE WHEN c.live = 0 THEN 'not_applicable' ELSE 'met' END,
       CASE WHEN c.live = 0 THEN 'not_running' ELSE 'none_known' END, NULL, 'platform', c.subject, c.name, NULL, NULL, NULL, NULL
FROM cloud c WHERE NOT EXISTS (SELECT 1 FROM done d WHERE d.subject = c.subject)
