-- rule: change_risk
-- subject: change
-- params: [model]
-- reasons:
--   not_assessed:
--     zh: 重大变更“{change}”（{number}）自 {day} 起生效，而受托方此前没有作信息安全风险评估（须有结论、日期和报告）。请要求受托方补作，并登记由此提出的整改。
--     en: 'Major change "{change}" ({number}) is in effect since {day}, but the provider had not assessed its information security risk before (conclusion, date and report). Require it now and enter the finding raised.'
--   undated:
--     zh: 重大变更“{change}”（{number}）登记为已生效，但没有填写生效日期。请补填。
--     en: 'Major change "{change}" ({number}) is marked as in effect but has no effective date. Enter it.'
--   imminent:
--     zh: 重大变更“{change}”（{number}）将于 {day} 生效，还没有受托方的信息安全风险评估。请在此之前索取。
--     en: 'Major change "{change}" ({number}) takes effect on {day}; the provider''s risk assessment is not there yet. Ask for it before.'
--   other_model:
--     zh: 变更“{change}”（{number}）所在平台不是本条适用的部署模式。
--     en: 'Change "{change}" ({number}) is on a platform of another model.'
--   ordinary:
--     zh: 变更“{change}”（{number}）不是重大变更，本条不适用。
--     en: 'Change "{change}" ({number}) is not a major one; the requirement does not apply.'
--   corrected:
--     zh: 重大变更“{change}”（{number}）当时未作风险评估，由此提出的整改“{finding}”已由第二人复核通过。
--     en: 'Major change "{change}" ({number}) had no risk assessment in time; finding "{finding}", raised from that, is verified by a second person.'
--   assessed:
--     zh: 受托方已于 {assessed_on} 对重大变更“{change}”（{number}）作信息安全风险评估，报告已附。
--     en: 'The provider assessed the information security risk of major change "{change}" ({number}) on {assessed_on}; the report is attached.'
WITH held AS MATERIALIZED (
    SELECT h.id AS subject, h.title, h.number, h.effective_on, h.risk_assessed_on, f.title AS finding,
           CASE WHEN p.model <> :model THEN 'other_model'
                WHEN h.scale <> 'major'
                     AND NOT EXISTS (SELECT 1 FROM change_affects a
                                     WHERE a.id = h.id AND a.value IN ('protection_level', 'security_policy',
                                                                      'isolation', 'location', 'continuity'))
                THEN 'ordinary'
                WHEN h.state = 'in_effect' AND f.state = 'verified' AND f.verified_by IS NOT NULL THEN 'corrected'
                WHEN h.state = 'in_effect' AND h.effective_on IS NULL THEN 'undated'
                WHEN trim(h.risk_assessment) <> '' AND h.risk_document IS NOT NULL
                     AND h.risk_assessed_on <= yj_today()
                     AND (h.state <> 'in_effect' OR h.risk_assessed_on <= h.effective_on) THEN 'assessed'
                WHEN h.state = 'in_effect' OR h.effective_on < yj_today() THEN 'not_assessed'
                ELSE 'imminent' END AS reason
    FROM subject x JOIN change h ON h.id = x.id JOIN platform p ON p.id = h.platform
         LEFT JOIN finding f ON f.id = h.finding
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('assessed', 'corrected') THEN 'met'
            WHEN o.reason IN ('other_model', 'ordinary') THEN 'not_applicable'
            WHEN o.reason IN ('imminent', 'undated') THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason,
       CASE WHEN o.risk_assessed_on > yj_today() AND o.reason IN ('imminent', 'not_assessed') THEN
                 CASE WHEN o.reason = 'imminent' AND o.effective_on < o.risk_assessed_on THEN o.effective_on
                      ELSE yj_add_days(o.risk_assessed_on, -1) END
            WHEN o.reason = 'imminent' THEN o.effective_on END AS due,
       'change' AS proof_kind, o.subject AS proof,
       o.title AS v_change, o.number AS v_number, o.effective_on AS v_day, o.risk_assessed_on AS v_assessed_on,
       o.finding AS v_finding
FROM held o
