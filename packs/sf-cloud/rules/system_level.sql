-- rule: system_level
-- subject: system
-- params: []
-- reasons:
--   s_below:
--     zh: 系统“{system}”的业务信息安全等级填为第{level_s}级，而按登记的侵害客体和程度应为第{derived_s}级。请提高等级，或更正侵害程度。
--     en: 'System "{system}" is entered at level {level_s} for information security, but by the harm entered it is level {derived_s}. Raise the level or correct the harm.'
--   a_below:
--     zh: 系统“{system}”的系统服务安全等级填为第{level_a}级，而按登记的侵害客体和程度应为第{derived_a}级。请提高等级，或更正侵害程度。
--     en: 'System "{system}" is entered at level {level_a} for the security of its service, but by the harm entered it is level {derived_a}. Raise the level or correct the harm.'
--   not_highest:
--     zh: 系统“{system}”的保护等级填为第{level}级，应取业务信息（第{level_s}级）与系统服务（第{level_a}级）中较高者。请更正。
--     en: 'System "{system}" is entered at protection level {level}; it is the higher of information (level {level_s}) and service (level {level_a}). Correct it.'
--   raised:
--     zh: 系统“{system}”填为 S{level_s}A{level_a}，高于判定结果 S{derived_s}A{derived_a}，没有写明理由。请写明，或更正侵害程度。
--     en: 'System "{system}" is entered as S{level_s}A{level_a}, above what the harm leads to, S{derived_s}A{derived_a}, with no reason given. Give the reason or correct the harm.'
--   no_basis:
--     zh: 系统“{system}”定为第{level}级，但业务信息或系统服务受破坏时对三类客体的侵害程度没有填全，等级缺少依据。请补填。
--     en: 'System "{system}" is put at level {level}, but the harm to the three objects, if information or service is broken, is not all given, so the level has no basis. Complete it.'
--   part_missing:
--     zh: 系统“{system}”按侵害程度应为 S{derived_s}A{derived_a}，但业务信息等级、系统服务等级或保护等级没有填写。请填写。
--     en: 'By the harm entered system "{system}" is S{derived_s}A{derived_a}, but the level for information, for service, or of the system is not entered. Enter it.'
--   not_begun:
--     zh: 系统“{system}”拟上云或已上云，但还没有定级。请按 GB/T 22240-2020 填写侵害客体和程度，初步确定等级。
--     en: 'System "{system}" is or will be on a cloud and has no level yet. Enter the harm to each object by GB/T 22240-2020 and determine a preliminary level.'
--   not_reviewed:
--     zh: 系统“{system}”的定级（第{level}级）缺少定级人、另一名审核人、定级日期或定级报告，请补齐。
--     en: 'The level of system "{system}" ({level}) lacks who determined it, who else reviewed it, when, or the report. Complete it.'
--   ahead:
--     zh: 系统“{system}”的定级日期 {day} 还没有到，请核对。
--     en: 'The level of system "{system}" is dated {day}, which is still to come. Check the date.'
--   unplaced:
--     zh: 系统“{system}”没有在用或计划中的云上部署，本条不适用。
--     en: System "{system}" has no deployment on a cloud, present or planned. The requirement does not apply.
--   leveled:
--     zh: 系统“{system}”已于 {day} 按 GB/T 22240-2020 定为 S{level_s}A{level_a}、第{level}级（{status|choice:system.level_status}），与侵害客体和程度相符或写明了定高的理由，并经审核。
--     en: 'System "{system}" was put at S{level_s}A{level_a}, level {level}, by GB/T 22240-2020 on {day} ({status|choice:system.level_status}); this agrees with the harm entered, or the reason for going above it is given, and it was reviewed.'
WITH harm AS (
    SELECT s.id AS subject, 'rights' AS who, 's' AS part, s.s_rights AS degree FROM subject x JOIN system s ON s.id = x.id
    UNION ALL SELECT s.id, 'public', 's', s.s_public FROM subject x JOIN system s ON s.id = x.id
    UNION ALL SELECT s.id, 'state', 's', s.s_state FROM subject x JOIN system s ON s.id = x.id
    UNION ALL SELECT s.id, 'rights', 'a', s.a_rights FROM subject x JOIN system s ON s.id = x.id
    UNION ALL SELECT s.id, 'public', 'a', s.a_public FROM subject x JOIN system s ON s.id = x.id
    UNION ALL SELECT s.id, 'state', 'a', s.a_state FROM subject x JOIN system s ON s.id = x.id
), valued AS (
    -- the matrix of GB/T 22240-2020: object against degree; without any harm the lowest level
    SELECT h.subject, h.part, h.degree,
           CASE h.who || ' ' || h.degree
                WHEN 'rights serious' THEN 2 WHEN 'rights grave' THEN 2
                WHEN 'public ordinary' THEN 2 WHEN 'public serious' THEN 3 WHEN 'public grave' THEN 4
                WHEN 'state ordinary' THEN 3 WHEN 'state serious' THEN 4 WHEN 'state grave' THEN 5
                ELSE 1 END AS level
    FROM harm h
), derived AS MATERIALIZED (
    SELECT v.subject, count(v.degree) AS given,
           max(CASE WHEN v.part = 's' THEN v.level END) AS s, max(CASE WHEN v.part = 'a' THEN v.level END) AS a
    FROM valued v GROUP BY v.subject
), outcome AS MATERIALIZED (
    SELECT s.id AS subject, d.s, d.a,
           CASE WHEN NOT EXISTS (SELECT 1 FROM deployment p WHERE p.system = s.id AND p.state <> 'closed') THEN 'unplaced'
                WHEN d.given < 6 AND s.level IS NULL THEN 'not_begun'
                WHEN d.given < 6 THEN 'no_basis'
                WHEN s.level_s IS NULL OR s.level_a IS NULL OR s.level IS NULL THEN 'part_missing'
                WHEN s.level_s < d.s THEN 's_below'
                WHEN s.level_a < d.a THEN 'a_below'
                WHEN s.level <> CASE WHEN s.level_s > s.level_a THEN s.level_s ELSE s.level_a END THEN 'not_highest'
                WHEN (s.level_s > d.s OR s.level_a > d.a) AND s.level_raise_reason IS NULL THEN 'raised'
                WHEN s.leveled_by IS NULL OR s.level_reviewed_by IS NULL OR s.leveled_on IS NULL
                     OR NOT EXISTS (SELECT 1 FROM system_evidence e WHERE e.id = s.id) THEN 'not_reviewed'
                WHEN s.leveled_on > yj_today() THEN 'ahead'
                ELSE 'leveled' END AS reason
    FROM derived d JOIN system s ON s.id = d.subject
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'leveled' THEN 'met'
            WHEN o.reason = 'unplaced' THEN 'not_applicable'
            WHEN o.reason IN ('not_begun', 'not_reviewed', 'ahead') THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason,
       CASE WHEN o.reason = 'ahead' THEN yj_add_days(s.leveled_on, -1) END AS due,
       'system' AS proof_kind, s.id AS proof,
       s.name AS v_system, CAST(s.level_s AS TEXT) AS v_level_s, CAST(s.level_a AS TEXT) AS v_level_a,
       CAST(s.level AS TEXT) AS v_level, CAST(o.s AS TEXT) AS v_derived_s, CAST(o.a AS TEXT) AS v_derived_a,
       s.leveled_on AS v_day, s.level_status AS v_status
FROM outcome o JOIN system s ON s.id = o.subject
