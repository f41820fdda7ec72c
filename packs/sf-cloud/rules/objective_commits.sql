-- rule: objective_commits
-- subject: institution
-- params: [sort, sources, months]
-- reach: institution
-- reasons:
--   unanswered:
--     zh: 云应用目标的承诺（{:sort|choice:commitment.sort}）没有包括这些适用的要求：{requirement}。请在承诺中指明满足它们，或重新判断其是否适用。
--     en: 'The commitments of the objectives of cloud use ({:sort|choice:commitment.sort}) leave out these applicable requirements: {requirement}. Name them in a commitment, or decide anew whether they apply.'
--   incomplete:
--     zh: 这些承诺没有写明内容、如何兑现或责任人：{commitment}。请补齐。
--     en: 'These commitments do not say what is promised, how it is kept, or who answers for it: {commitment}. Complete them.'
--   unscheduled:
--     zh: 这些承诺没有检查过，也没有检查期限：{commitment}。请确定何时检查兑现情况。
--     en: 'These commitments were never checked and have no date for it: {commitment}. Settle when it is checked whether they are kept.'
--   overdue:
--     zh: 这些承诺的兑现情况超过检查期限：{commitment}（应在 {until} 前）。请检查并登记日期。
--     en: 'Whether these commitments are kept was not checked in time: {commitment} (due by {until}). Check it and enter the date.'
--   no_commitment:
--     zh: 有效的云应用目标中没有这一种承诺：{:sort|choice:commitment.sort}。请在目标中作出承诺，写明如何兑现。
--     en: 'No objective of cloud use in force has a commitment of this sort: {:sort|choice:commitment.sort}. Make it part of an objective and say how it is kept.'
--   nothing_applies:
--     zh: 没有登记任何适用的要求，无从判断承诺是否完整。请先登记相关方要求并判断是否适用。
--     en: No applicable requirement is entered, so it cannot be told whether the commitment is complete. Enter the parties' requirements and decide which apply.
--   none:
--     zh: 没有有效的云应用信息安全目标，无从判断其承诺。请先确定。
--     en: No security objective of cloud use is in force, so there is no commitment to judge. Determine one first.
--   committed:
--     zh: 云应用目标作出了承诺（{:sort|choice:commitment.sort}）：{commitment}；最早的检查期限为 {until}。
--     en: 'The objectives of cloud use commit to it ({:sort|choice:commitment.sort}): {commitment}; the next check is due by {until}.'
WITH aim AS MATERIALIZED (
    SELECT x.id AS subject, o.id AS objective_id FROM subject x JOIN objective o ON o.type = 'cloud' AND o.state = 'in_force'
), promise AS MATERIALIZED (
    SELECT a.subject, c.id AS commitment_id, c.title,
           CASE WHEN c.text IS NULL OR c.means IS NULL OR c.responsible IS NULL THEN 'incomplete'
                WHEN coalesce(c.review_by, c.checked_on) IS NULL THEN 'unscheduled'
                WHEN CASE WHEN c.checked_on IS NULL OR c.review_by < yj_add_months(c.checked_on, :months) THEN c.review_by
                          ELSE yj_add_months(c.checked_on, :months) END < yj_today() THEN 'overdue'
                ELSE 'committed' END AS reason,
           CASE WHEN c.checked_on IS NULL OR c.review_by < yj_add_months(c.checked_on, :months) THEN c.review_by
                ELSE yj_add_months(c.checked_on, :months) END AS until
    FROM aim a JOIN commitment c ON c.objective = a.objective_id WHERE c.sort = :sort
), demand AS MATERIALIZED (
    SELECT x.id AS subject, r.id AS requirement_id, p.name || ' / ' || r.title AS title
    FROM subject x JOIN party_requirement r ON r.state = 'active' AND r.adoption = 'applies'
         JOIN interested_party p ON p.id = r.party
    WHERE p.state = 'active' AND ' ' || :sources || ' ' LIKE '% ' || r.source || ' %'
), outcome AS MATERIALIZED (
    SELECT p.subject, p.reason, p.commitment_id, p.title AS commitment, p.until, CAST(NULL AS TEXT) AS requirement_id,
           CAST(NULL AS TEXT) AS requirement
    FROM promise p
    UNION ALL
    SELECT d.subject, 'unanswered', NULL, NULL, NULL, d.requirement_id, d.title
    FROM demand d
    WHERE EXISTS (SELECT 1 FROM promise p WHERE p.subject = d.subject)
      AND NOT EXISTS (SELECT 1 FROM promise p JOIN commitment_answers v ON v.id = p.commitment_id
                      WHERE p.subject = d.subject AND v.value = d.requirement_id)
    UNION ALL
    SELECT x.id,
           CASE WHEN NOT EXISTS (SELECT 1 FROM aim a WHERE a.subject = x.id) THEN 'none'
                WHEN NOT EXISTS (SELECT 1 FROM promise p WHERE p.subject = x.id) THEN 'no_commitment'
                ELSE 'nothing_applies' END, NULL, NULL, NULL, NULL, NULL
    FROM subject x
    WHERE NOT EXISTS (SELECT 1 FROM promise p WHERE p.subject = x.id)
       OR (:sources <> 'none' AND NOT EXISTS (SELECT 1 FROM demand d WHERE d.subject = x.id))
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'committed' THEN 'met' WHEN o.reason IN ('none', 'nothing_applies') THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason, CASE WHEN o.until >= yj_today() THEN o.until END AS due,
       CASE WHEN o.commitment_id IS NOT NULL THEN 'commitment'
            WHEN o.requirement_id IS NOT NULL THEN 'party_requirement' END AS proof_kind,
       coalesce(o.commitment_id, o.requirement_id) AS proof,
       o.commitment AS v_commitment, o.requirement AS v_requirement,
       CASE WHEN o.reason = 'overdue' THEN o.until
            WHEN o.reason = 'committed' THEN (SELECT min(p.until) FROM promise p WHERE p.subject = o.subject) END AS v_until
FROM outcome o
