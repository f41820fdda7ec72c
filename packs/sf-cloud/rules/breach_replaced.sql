-- rule: breach_replaced
-- subject: platform
-- params: [placed]
-- reasons:
--   late:
--     zh: 平台“{platform}”的受托方严重违反安全要求（{breach}），应不晚于 {until} 更换，但仍在使用的部署还没有完成更换：{deployment}。请立即完成更换。
--     en: 'The provider of platform "{platform}" is in serious breach ({breach}) and was to be replaced by {until}, but these deployments have not moved: {deployment}. Complete the replacement at once.'
--   no_deadline:
--     zh: 平台“{platform}”的受托方严重违反安全要求（{breach}），尚未定出更换期限，仍有部署在使用：{deployment}。请决定并填写更换期限。
--     en: 'The provider of platform "{platform}" is in serious breach ({breach}), no day for its replacement is set, and these deployments still use it: {deployment}. Decide and enter the day.'
--   undetermined:
--     zh: 平台“{platform}”的违约事项（{breach}）尚未认定或没有认定程度。请认定是否属于严重违反。
--     en: 'It has not been decided whether the breach on platform "{platform}" ({breach}) is serious. Decide it.'
--   under_way:
--     zh: 平台“{platform}”的受托方严重违反安全要求（{breach}），应不晚于 {until} 更换，期限未到，待更换的部署：{deployment}。
--     en: 'The provider of platform "{platform}" is in serious breach ({breach}) and is to be replaced by {until}; still to move: {deployment}.'
--   replaced:
--     zh: 平台“{platform}”的受托方严重违反安全要求（{breach}），使用该平台的部署均已更换到其他受托方或已退出。
--     en: 'The provider of platform "{platform}" was in serious breach ({breach}); every deployment on it has moved to another provider or left.'
--   no_breach:
--     zh: 平台“{platform}”没有经认定的严重违反安全要求的事项，本条不适用。
--     en: No serious breach is recorded for platform "{platform}"; the requirement does not apply.
WITH fault AS (
    SELECT x.id AS subject, b.id AS breach_id, b.title, b.replace_by, p.provider,
           CASE WHEN b.state = 'confirmed' AND b.severity = 'serious' THEN 1 ELSE 0 END AS serious
    FROM subject x JOIN platform p ON p.id = x.id JOIN breach b ON b.platform = p.id
    WHERE b.state = 'reported' OR (b.state = 'confirmed' AND (b.severity IS NULL OR b.severity = 'serious'))
), bound AS (
    SELECT f.subject, f.breach_id, d.id AS deployment_id, coalesce(s.name || ' / ', '') || d.name AS name
    FROM fault f JOIN deployment d ON d.platform = f.subject
         LEFT JOIN system s ON s.id = d.system
    WHERE f.serious = 1 AND ' ' || :placed || ' ' LIKE '% ' || d.state || ' %'
      AND NOT (d.state = 'exiting'
               AND EXISTS (SELECT 1 FROM deployment n JOIN platform q ON q.id = n.platform
                           WHERE n.predecessor = d.id AND n.state = 'operating' AND q.provider <> f.provider))
), outcome AS (
    SELECT x.id AS subject, 'no_breach' AS reason, CAST(NULL AS TEXT) AS breach_id, CAST(NULL AS TEXT) AS breach,
           CAST(NULL AS TEXT) AS until, CAST(NULL AS TEXT) AS deployment
    FROM subject x WHERE NOT EXISTS (SELECT 1 FROM fault f WHERE f.subject = x.id)
    UNION ALL
    SELECT f.subject, CASE WHEN f.serious = 0 THEN 'undetermined' ELSE 'replaced' END, f.breach_id, f.title, NULL, NULL
    FROM fault f
    WHERE NOT EXISTS (SELECT 1 FROM bound b WHERE b.breach_id = f.breach_id)
    UNION ALL
    SELECT f.subject,
           CASE WHEN f.replace_by IS NULL THEN 'no_deadline'
                WHEN f.replace_by < yj_today() THEN 'late'
                ELSE 'under_way' END,
           f.breach_id, f.title, f.replace_by, b.name
    FROM fault f JOIN bound b ON b.breach_id = f.breach_id
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('replaced', 'under_way') THEN 'met'
            WHEN o.reason = 'no_breach' THEN 'not_applicable'
            WHEN o.reason = 'undetermined' THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason, CASE WHEN o.reason = 'under_way' THEN o.until END AS due,
       CASE WHEN o.breach_id IS NULL THEN 'platform' ELSE 'breach' END AS proof_kind,
       coalesce(o.breach_id, o.subject) AS proof,
       p.name AS v_platform, o.breach AS v_breach, o.until AS v_until, o.deployment AS v_deployment
FROM outcome o JOIN platform p ON p.id = o.subject
