-- rule: protection_kept
-- subject: platform
-- params: []
-- reasons:
--   changed:
--     zh: 平台“{platform}”的变更“{change}”改动了受托系统的安全保护等级或安全保护策略，没有委托方的事先同意。请要求受托方恢复，或登记由此提出的整改并由第二人复核。
--     en: 'Change "{change}" on platform "{platform}" altered protection level or security policy of entrusted systems without the client''s prior agreement. Have it undone, or enter the finding raised and have a second person verify it.'
--   level_lowered:
--     zh: 平台“{platform}”现为第 {level} 级，低于部署“{deployment}”上云确认时系统的第 {confirmed_level} 级。请要求受托方恢复等级，或把系统迁走。
--     en: Platform "{platform}" now has level {level}, below level {confirmed_level} at which the system of deployment "{deployment}" was confirmed. Have the provider restore the level, or move the system.
--   level_changed:
--     zh: 部署“{deployment}”的系统现为第 {level} 级，与上云确认时的第 {confirmed_level} 级不同。请查明是谁改的；应当改的，重新确认并核对平台的保护。
--     en: The system of deployment "{deployment}" now has level {level}, not {confirmed_level} as confirmed when it was placed. Find out who changed it; if rightly, confirm it anew and check the platform's protection.
--   not_confirmed:
--     zh: 平台“{platform}”上的部署“{deployment}”没有经第二人确认的上云确认，或确认中没有写明等级，无从判断等级是否保持。请补作确认。
--     en: Deployment "{deployment}" on platform "{platform}" has no confirmation by a second person, or it names no level, so whether the level is kept cannot be told. Confirm it.
--   level_missing:
--     zh: 平台“{platform}”或部署“{deployment}”的系统没有填写安全保护等级。请补填。
--     en: The protection level of platform "{platform}" or of the system of deployment "{deployment}" is not entered. Enter it.
--   not_running:
--     zh: 平台“{platform}”上没有运行中的部署，本条暂不适用。
--     en: Nothing is in operation on platform "{platform}", so the requirement does not apply yet.
--   kept:
--     zh: 平台“{platform}”上部署“{deployment}”的系统保持上云确认时的第 {confirmed_level} 级，平台没有未经同意改动等级或安全策略的变更。
--     en: The system of deployment "{deployment}" on platform "{platform}" keeps level {confirmed_level} as confirmed, and no change to level or security policy was made without agreement.
WITH cloud AS (
    SELECT p.id AS subject, p.name, p.level,
           (SELECT count(*) FROM deployment d WHERE d.platform = p.id AND d.state IN ('operating', 'exiting')) AS running
    FROM subject x JOIN platform p ON p.id = x.id
), placed AS MATERIALIZED (
    SELECT c.subject, d.id AS deployment_id, coalesce(s.name || ' / ', '') || d.name AS deployment, s.level,
           (SELECT max(f.confirmed_on) FROM confirmation f
            WHERE f.deployment = d.id AND f.state = 'confirmed' AND f.confirmed_by IS NOT NULL) AS day
    FROM cloud c JOIN deployment d ON d.platform = c.subject LEFT JOIN system s ON s.id = d.system
    WHERE d.state IN ('operating', 'exiting')
), agreed AS MATERIALIZED (
    SELECT q.subject, q.deployment_id, q.deployment, q.level, f.id AS confirmation_id, f.level AS confirmed_level
    FROM placed q LEFT JOIN confirmation f ON f.deployment = q.deployment_id AND f.confirmed_on = q.day
         AND f.state = 'confirmed' AND f.confirmed_by IS NOT NULL
), outcome AS (
    SELECT c.subject, 'not_running' AS reason, CAST(NULL AS TEXT) AS deployment, CAST(NULL AS TEXT) AS change,
           CAST(NULL AS INTEGER) AS level, CAST(NULL AS INTEGER) AS confirmed_level,
           CAST(NULL AS TEXT) AS change_id, CAST(NULL AS TEXT) AS confirmation_id
    FROM cloud c WHERE c.running = 0
    UNION ALL
    SELECT a.subject,
           CASE WHEN a.confirmed_level IS NULL THEN 'not_confirmed'
                WHEN a.level IS NULL OR c.level IS NULL THEN 'level_missing'
                WHEN c.level < a.confirmed_level THEN 'level_lowered'
                WHEN a.level <> a.confirmed_level THEN 'level_changed'
                ELSE 'kept' END,
           a.deployment, NULL, CASE WHEN c.level < a.confirmed_level THEN c.level ELSE a.level END,
           a.confirmed_level, NULL, a.confirmation_id
    FROM agreed a JOIN cloud c ON c.subject = a.subject
    UNION ALL
    SELECT c.subject, 'changed', NULL, h.title, NULL, NULL, h.id, NULL
    FROM cloud c JOIN change h ON h.platform = c.subject LEFT JOIN finding f ON f.id = h.finding
    WHERE c.running > 0 AND h.state = 'in_effect'
      AND EXISTS (SELECT 1 FROM change_affects v WHERE v.id = h.id AND v.value IN ('protection_level', 'security_policy'))
      AND (h.decision IS NULL OR h.decision = 'objected' OR h.decided_by IS NULL OR h.decided_on IS NULL
           OR h.effective_on IS NULL OR h.decided_on > h.effective_on)
      AND (f.state <> 'verified' OR f.verified_by IS NULL)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'kept' THEN 'met'
            WHEN o.reason = 'not_running' THEN 'not_applicable'
            WHEN o.reason IN ('not_confirmed', 'level_missing') THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN o.change_id IS NOT NULL THEN 'change' WHEN o.confirmation_id IS NOT NULL THEN 'confirmation'
            ELSE 'platform' END AS proof_kind,
       coalesce(o.change_id, o.confirmation_id, o.subject) AS proof,
       c.name AS v_platform, o.deployment AS v_deployment, o.change AS v_change, o.level AS v_level,
       o.confirmed_level AS v_confirmed_level
FROM outcome o JOIN cloud c ON c.subject = o.subject
