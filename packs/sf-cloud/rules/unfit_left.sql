-- rule: unfit_left
-- subject: platform
-- params: []
-- reasons:
--   late:
--     zh: 平台“{platform}”的受托方不能满足信息安全目标（{fault}），应不晚于 {until} 退出或变更，但部署“{deployment}”还没有退出或变更受托方。请立即完成。
--     en: 'The provider of platform "{platform}" cannot meet the security objectives ({fault}) and was to be left or changed by {until}, but deployment "{deployment}" has done neither. Complete it at once.'
--   undecided:
--     zh: 平台“{platform}”最近一次评估不通过（{fault}），还没有作出退出或变更受托方的决定，部署“{deployment}”仍在使用。请登记为严重违反并定出更换期限，或整改后重新评估通过。
--     en: 'The last assessment of platform "{platform}" was not passed ({fault}) and nothing is decided on leaving or changing the provider; deployment "{deployment}" still uses it. Record a serious breach with a day for the replacement, or have it remedied and pass a new assessment.'
--   no_deadline:
--     zh: 平台“{platform}”的受托方严重违反安全要求（{fault}），没有定出退出或变更的期限，部署“{deployment}”仍在使用。请定出期限。
--     en: 'The provider of platform "{platform}" is in serious breach ({fault}) and no day is set by which to leave or change it; deployment "{deployment}" still uses it. Set one.'
--   fit:
--     zh: 平台“{platform}”的受托方没有被评估为不通过，也没有严重违反安全要求，本条不适用。
--     en: The provider of platform "{platform}" has neither failed its last assessment nor a serious breach; the requirement does not apply.
--   under_way:
--     zh: 平台“{platform}”的受托方不能满足信息安全目标（{fault}），部署“{deployment}”应不晚于 {until} 退出或变更受托方，期限未到。
--     en: 'The provider of platform "{platform}" cannot meet the security objectives ({fault}); deployment "{deployment}" is to leave or change by {until}.'
--   left:
--     zh: 平台“{platform}”的受托方不能满足信息安全目标（{fault}），其上的部署均已退出或正在退出。
--     en: 'The provider of platform "{platform}" cannot meet the security objectives ({fault}); every deployment on it has left or is leaving.'
WITH held AS MATERIALIZED (
    SELECT x.id AS subject, a.id AS assessment_id, a.title, a.assessed_on, a.conclusion
    FROM subject x JOIN assessment_platforms l ON l.value = x.id JOIN assessment a ON a.id = l.id
    WHERE a.state = 'completed' AND a.conclusion IS NOT NULL
), last AS MATERIALIZED (
    SELECT h.subject, max(h.assessed_on) AS day FROM held h WHERE h.assessed_on <= yj_today() GROUP BY h.subject
), broken AS MATERIALIZED (
    SELECT x.id AS subject, b.id AS breach_id, b.title, b.replace_by
    FROM subject x JOIN breach b ON b.platform = x.id
    WHERE b.state = 'confirmed' AND b.severity = 'serious'
), failed AS MATERIALIZED (
    SELECT h.subject, h.assessment_id, h.title
    FROM held h JOIN last t ON t.subject = h.subject AND t.day = h.assessed_on
    WHERE h.conclusion = 'unsuitable' AND NOT EXISTS (SELECT 1 FROM broken b WHERE b.subject = h.subject)
), using_it AS MATERIALIZED (
    SELECT x.id AS subject, coalesce(s.name || ' / ', '') || d.name AS deployment
    FROM subject x JOIN deployment d ON d.platform = x.id LEFT JOIN system s ON s.id = d.system
    WHERE d.state = 'operating'
), outcome AS (
    SELECT x.id AS subject, 'fit' AS reason, CAST(NULL AS TEXT) AS fault, CAST(NULL AS TEXT) AS until,
           CAST(NULL AS TEXT) AS deployment, CAST(NULL AS TEXT) AS breach_id, CAST(NULL AS TEXT) AS assessment_id
    FROM subject x
    WHERE NOT EXISTS (SELECT 1 FROM broken b WHERE b.subject = x.id)
      AND NOT EXISTS (SELECT 1 FROM failed f WHERE f.subject = x.id)
    UNION ALL
    SELECT f.subject, CASE WHEN u.deployment IS NULL THEN 'left' ELSE 'undecided' END, f.title, NULL, u.deployment,
           NULL, f.assessment_id
    FROM failed f LEFT JOIN using_it u ON u.subject = f.subject
    UNION ALL
    SELECT b.subject,
           CASE WHEN u.deployment IS NULL THEN 'left' WHEN b.replace_by IS NULL THEN 'no_deadline'
                WHEN b.replace_by < yj_today() THEN 'late' ELSE 'under_way' END,
           b.title, b.replace_by, u.deployment, b.breach_id, NULL
    FROM broken b LEFT JOIN using_it u ON u.subject = b.subject
    UNION ALL
    SELECT h.subject, 'fit', NULL, yj_add_days(h.assessed_on, -1), NULL, NULL, h.assessment_id
    FROM held h WHERE h.assessed_on > yj_today()
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('left', 'under_way') THEN 'met' WHEN o.reason = 'fit' THEN 'not_applicable'
            ELSE 'unmet' END AS status,
       o.reason AS reason, CASE WHEN o.reason IN ('under_way', 'fit') THEN o.until END AS due,
       CASE WHEN o.breach_id IS NOT NULL THEN 'breach' WHEN o.assessment_id IS NOT NULL THEN 'assessment'
            ELSE 'platform' END AS proof_kind,
       coalesce(o.breach_id, o.assessment_id, o.subject) AS proof,
       p.name AS v_platform, o.fault AS v_fault, o.until AS v_until, o.deployment AS v_deployment
FROM outcome o JOIN platform p ON p.id = o.subject
