-- rule: change_assessed
-- subject: change
-- params: [model]
-- reasons:
--   objected:
--     zh: 变更“{change}”（{number}）委托方已反对，却仍登记为已生效。请要求受托方回退；不能回退的，登记由此提出的整改。
--     en: 'Change "{change}" ({number}) is in effect although the client objected to it. Require the provider to undo it; if it cannot, enter the finding raised.'
--   not_decided:
--     zh: 变更“{change}”（{number}）自 {day} 起生效，而委托方此前没有完成评估和决定（须有评估内容，评估人与决定人为两人，决定不晚于生效日）。请补作评估和决定，并登记由此提出的整改。
--     en: 'Change "{change}" ({number}) is in effect since {day}, but the client had not assessed it and decided before (an assessment, two persons, a decision not after that day). Do so now and enter the finding raised.'
--   undated:
--     zh: 变更“{change}”（{number}）登记为已生效，但没有填写生效日期。请补填。
--     en: 'Change "{change}" ({number}) is marked as in effect but has no effective date. Enter it.'
--   imminent:
--     zh: 变更“{change}”（{number}）将于 {day} 生效，委托方尚未评估并决定。请在此之前完成。
--     en: 'Change "{change}" ({number}) takes effect on {day}; the client has not assessed it and decided yet. Do so before.'
--   other_model:
--     zh: 变更“{change}”（{number}）所在平台不是本条适用的部署模式。
--     en: 'Change "{change}" ({number}) is on a platform of another model.'
--   corrected:
--     zh: 变更“{change}”（{number}）当时未经评估和决定，由此提出的整改“{finding}”已由第二人复核通过。
--     en: 'Change "{change}" ({number}) had not been assessed and decided in time; finding "{finding}", raised from that, is verified by a second person.'
--   decided:
--     zh: 变更“{change}”（{number}）已由委托方评估，并于 {decided_on} 作出决定：{decision|choice:change.decision}。
--     en: 'Change "{change}" ({number}) was assessed by the client, which decided on {decided_on}: {decision|choice:change.decision}.'
WITH held AS MATERIALIZED (
    SELECT h.id AS subject, h.title, h.number, h.effective_on, h.decided_on, h.decision, f.title AS finding,
           CASE WHEN p.model <> :model THEN 'other_model'
                WHEN h.state = 'in_effect' AND f.state = 'verified' AND f.verified_by IS NOT NULL THEN 'corrected'
                WHEN h.state = 'in_effect' AND h.decision = 'objected' THEN 'objected'
                WHEN h.state = 'in_effect' AND h.effective_on IS NULL THEN 'undated'
                WHEN trim(h.assessment) <> '' AND h.assessed_by IS NOT NULL
                     AND h.assessed_on IS NOT NULL AND h.decision IS NOT NULL AND h.decided_by IS NOT NULL
                     AND h.decided_on <= yj_today()
                     AND (h.state <> 'in_effect' OR h.decided_on <= h.effective_on) THEN 'decided'
                WHEN h.state = 'in_effect' OR h.effective_on < yj_today() THEN 'not_decided'
                ELSE 'imminent' END AS reason
    FROM subject x JOIN change h ON h.id = x.id JOIN platform p ON p.id = h.platform
         LEFT JOIN finding f ON f.id = h.finding
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('decided', 'corrected') THEN 'met'
            WHEN o.reason = 'other_model' THEN 'not_applicable'
            WHEN o.reason IN ('imminent', 'undated') THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason,
       CASE WHEN o.decided_on > yj_today() AND o.reason IN ('imminent', 'not_decided') THEN
                 CASE WHEN o.reason = 'imminent' AND o.effective_on < o.decided_on THEN o.effective_on
                      ELSE yj_add_days(o.decided_on, -1) END
            WHEN o.reason = 'imminent' THEN o.effective_on END AS due,
       'change' AS proof_kind, o.subject AS proof,
       o.title AS v_change, o.number AS v_number, o.effective_on AS v_day, o.decided_on AS v_decided_on,
       o.decision AS v_decision, o.finding AS v_finding
FROM held o
