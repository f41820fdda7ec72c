-- rule: interfaces_known
-- subject: system
-- params: []
-- reasons:
--   side_missing:
--     zh: 系统“{system}”没有梳理这一侧的接口与依赖：{side|choice:interface.side}。请梳理登记；确实没有的，登记“经查没有”并写明如何查证。
--     en: 'The interfaces and dependencies of system "{system}" on this side were not looked into: {side|choice:interface.side}. Look into them and enter them; if there are none, enter that and how it was found.'
--   incomplete:
--     zh: 系统“{system}”的这些接口没有写明两侧的业务活动、方向、依赖程度或中断后果：{interface}。请补齐。
--     en: 'These interfaces of system "{system}" do not say which activities they join, the direction, the dependency, or what happens if they fail: {interface}. Complete them.'
--   nameless:
--     zh: 系统“{system}”的这些接口没有指明对侧：{interface}。内部的指明对侧系统，外部的指明对侧机构。
--     en: 'These interfaces of system "{system}" do not name the other side: {interface}. Name the system if it is inside the institution, the institution if it is outside.'
--   contradictory:
--     zh: 系统“{system}”的这一侧既登记了接口，又登记了“经查没有”：{side|choice:interface.side}。请更正。
--     en: 'On this side of system "{system}" interfaces are entered and also that there are none: {side|choice:interface.side}. Correct it.'
--   unsearched:
--     zh: 系统“{system}”登记了“经查没有”，但没有写明如何查证：{interface}。请写明。
--     en: 'For system "{system}" it is entered that there are none, but not how that was found: {interface}. Say how.'
--   not_checked:
--     zh: 系统“{system}”的这些接口没有经梳理人以外的人核对：{interface}。请核对。
--     en: 'These interfaces of system "{system}" were not checked by someone other than who found them: {interface}. Have them checked.'
--   none:
--     zh: 系统“{system}”还没有登记接口与依赖。请梳理本机构内部和与其他机构之间的接口并登记。
--     en: No interface or dependency of system "{system}" is entered. Look into those inside the institution and with other institutions, and enter them.
--   unplaced:
--     zh: 系统“{system}”没有在用或计划中的云上部署，本条不适用。
--     en: System "{system}" has no deployment on a cloud, present or planned. The requirement does not apply.
--   known:
--     zh: 系统“{system}”内外两侧的接口与依赖均已梳理并核对：{interface}。
--     en: 'The interfaces and dependencies of system "{system}" on both sides are known and checked: {interface}.'
WITH placed AS MATERIALIZED (
    SELECT s.id AS subject, s.name AS system,
           CASE WHEN EXISTS (SELECT 1 FROM deployment d WHERE d.system = s.id AND d.state <> 'closed') THEN 1 ELSE 0 END AS concerned
    FROM subject x JOIN system s ON s.id = x.id
), found AS MATERIALIZED (
    SELECT p.subject, i.id AS interface_id, i.title, i.side, i.finding,
           CASE WHEN i.finding = 'none' AND i.search IS NULL THEN 'unsearched'
                WHEN i.finding = 'exists' AND (i.activity IS NULL OR i.other_activity IS NULL OR i.direction IS NULL
                                               OR i.dependency IS NULL OR i.if_lost IS NULL) THEN 'incomplete'
                WHEN i.finding = 'exists' AND ((i.side = 'internal' AND i.other_system IS NULL)
                                               OR (i.side = 'external' AND i.party IS NULL)) THEN 'nameless'
                WHEN i.known_by IS NULL OR i.checked_by IS NULL OR i.checked_on IS NULL THEN 'not_checked'
                ELSE 'known' END AS reason
    FROM placed p JOIN interface i ON i.system = p.subject WHERE p.concerned = 1
), side AS (
    SELECT 'internal' AS id UNION ALL SELECT 'external'
), outcome AS MATERIALIZED (
    SELECT p.subject, CASE WHEN p.concerned = 0 THEN 'unplaced' ELSE 'none' END AS reason,
           CAST(NULL AS TEXT) AS interface_id, CAST(NULL AS TEXT) AS title, CAST(NULL AS TEXT) AS side
    FROM placed p WHERE p.concerned = 0 OR NOT EXISTS (SELECT 1 FROM found f WHERE f.subject = p.subject)
    UNION ALL
    SELECT f.subject, f.reason, f.interface_id, f.title, NULL FROM found f
    UNION ALL
    SELECT p.subject, 'side_missing', NULL, NULL, s.id
    FROM placed p JOIN side s ON NOT EXISTS (SELECT 1 FROM found f WHERE f.subject = p.subject AND f.side = s.id)
    WHERE EXISTS (SELECT 1 FROM found f WHERE f.subject = p.subject)
    UNION ALL
    SELECT f.subject, 'contradictory', f.interface_id, NULL, f.side
    FROM found f
    WHERE f.finding = 'none'
      AND EXISTS (SELECT 1 FROM found o WHERE o.subject = f.subject AND o.side = f.side AND o.finding = 'exists')
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'known' THEN 'met'
            WHEN o.reason = 'unplaced' THEN 'not_applicable'
            WHEN o.reason IN ('none', 'not_checked') THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN o.interface_id IS NULL THEN 'system' ELSE 'interface' END AS proof_kind,
       coalesce(o.interface_id, o.subject) AS proof,
       p.system AS v_system, o.title AS v_interface, o.side AS v_side
FROM outcome o JOIN placed p ON p.subject = o.subject
