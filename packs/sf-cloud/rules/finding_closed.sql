-- rule: finding_closed
-- subject: finding
-- params: []
-- reasons:
--   overdue:
--     zh: 整改“{finding}”（{number}）应不晚于 {due} 完成，受托方还没有整改。请立即催办，屡催不改的按合同追究。
--     en: 'The provider has not remedied "{finding}" ({number}), due on {due}. Press it; if it does not act, enforce the contract.'
--   unverified:
--     zh: 整改“{finding}”（{number}）已报完成，但到期（{due}）仍未复核。请由整改经办人以外的人复核。
--     en: '"{finding}" ({number}) was reported as remedied but not verified by its date, {due}. Have someone other than its handler verify it.'
--   unproven:
--     zh: 整改“{finding}”（{number}）已标为复核通过，但缺少整改经办人、复核人、整改或复核日期，或没有附证据。请补齐；复核人不能是整改经办人。
--     en: '"{finding}" ({number}) is marked as verified, but handler, verifier, a date of remedy or verification, or evidence is missing. Complete it; the verifier is not the handler.'
--   not_asked:
--     zh: 整改“{finding}”（{number}）还没有向受托方提出要求，或没有期限。请提出并登记日期和期限。
--     en: 'The provider was not asked to remedy "{finding}" ({number}), or it has no date. Ask, and enter both dates.'
--   ahead:
--     zh: 整改“{finding}”（{number}）的整改或复核日期（{day}）晚于今天，请更正。
--     en: 'The date of remedy or verification of "{finding}" ({number}) is after today ({day}). Correct it.'
--   under_way:
--     zh: 整改“{finding}”（{number}）已要求受托方完成，期限 {due} 未到。
--     en: 'The provider has been asked to remedy "{finding}" ({number}) by {due}.'
--   closed:
--     zh: 整改“{finding}”（{number}）已完成，由第二人于 {day} 复核通过。
--     en: '"{finding}" ({number}) is remedied; a second person verified it on {day}.'
WITH judged AS MATERIALIZED (
    SELECT f.id AS subject, f.title, f.number, f.due_on,
           f.verified_on AS day, -- never before the day of the remedy
           CASE WHEN f.state = 'verified'
                     AND (f.remedied_by IS NULL OR f.verified_by IS NULL OR f.remedied_on IS NULL
                          OR f.verified_on IS NULL
                          OR NOT EXISTS (SELECT 1 FROM finding_evidence e WHERE e.id = f.id)) THEN 'unproven'
                WHEN f.state = 'verified' AND f.verified_on > yj_today() THEN 'ahead'
                WHEN f.state = 'verified' THEN 'closed'
                WHEN f.requested_on IS NULL OR f.due_on IS NULL THEN 'not_asked'
                WHEN f.due_on >= yj_today() THEN 'under_way'
                WHEN f.state = 'remedied' THEN 'unverified'
                ELSE 'overdue' END AS reason
    FROM subject x JOIN finding f ON f.id = x.id
)
SELECT j.subject AS subject,
       CASE WHEN j.reason IN ('closed', 'under_way') THEN 'met' WHEN j.reason = 'ahead' THEN 'unknown'
            ELSE 'unmet' END AS status,
       j.reason AS reason,
       CASE WHEN j.reason = 'under_way' THEN j.due_on WHEN j.reason = 'ahead' THEN yj_add_days(j.day, -1) END AS due,
       'finding' AS proof_kind, j.subject AS proof,
       j.title AS v_finding, j.number AS v_number, j.due_on AS v_due, j.day AS v_day
FROM judged j
