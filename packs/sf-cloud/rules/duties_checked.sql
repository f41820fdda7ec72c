-- rule: duties_checked
-- subject: contract
-- params: [model, terms, months, answer]
-- reasons:
--   unremedied:
--     zh: 合同《{contract}》的“{term|choice:contract_term.term}”没有履行到位，由此提出的整改已到期（{until}）而未复核通过。请督促受托方整改，屡催不改的按合同追究。
--     en: 'The term "{term|choice:contract_term.term}" of contract "{contract}" is not performed, and the finding raised was due on {until} and is not verified. Press the provider; if it does not act, enforce the contract.'
--   not_performed:
--     zh: 合同《{contract}》的“{term|choice:contract_term.term}”没有履行到位，整改尚未复核通过（期限 {until}）。
--     en: 'The term "{term|choice:contract_term.term}" of contract "{contract}" is not performed; its remedy is not verified yet (due {until}).'
--   not_asked:
--     zh: 合同《{contract}》的“{term|choice:contract_term.term}”没有履行到位，但没有提出整改，或整改没有要求日期和期限。请向受托方提出并登记。
--     en: 'The term "{term|choice:contract_term.term}" of contract "{contract}" is not performed, but no finding was raised, or it has no date of demand or due date. Put it to the provider and enter it.'
--   overdue:
--     zh: 合同《{contract}》的“{term|choice:contract_term.term}”最近一次检查履行情况是在 {day}，应不晚于 {until} 再查。请在运行监督评价中逐条检查。
--     en: 'Performance of "{term|choice:contract_term.term}" of contract "{contract}" was last looked at on {day} and was to be looked at again by {until}. Do so, term by term, in a supervision review.'
--   unchecked:
--     zh: 合同《{contract}》的“{term|choice:contract_term.term}”从未检查过履行情况。请在运行监督评价中登记对照这一条款的监督项。
--     en: 'Performance of "{term|choice:contract_term.term}" of contract "{contract}" was never looked at. Enter an item on that term in a supervision review.'
--   no_terms:
--     zh: 合同《{contract}》没有登记受托方的责任义务条款，无从监督其履行。请先登记条款。
--     en: No terms with duties of the provider are registered for contract "{contract}", so their performance cannot be supervised. Register the terms first.
--   in_future:
--     zh: 检查合同《{contract}》履行情况的评价日期（{day}）晚于今天，请更正。
--     en: A review of the performance of contract "{contract}" has a date after today ({day}). Correct it.
--   other_model:
--     zh: 合同《{contract}》采用{contract_model|choice:contract.model}，本条不适用。
--     en: 'Contract "{contract}" is for another model ({contract_model|choice:contract.model}); the requirement does not apply.'
--   not_running:
--     zh: 合同《{contract}》下没有运行中的部署，暂无需监督履行。
--     en: Nothing is in operation under contract "{contract}", so its performance need not be supervised yet.
--   first_due:
--     zh: 合同《{contract}》下的部署自 {day} 起运行，第一次检查“{term|choice:contract_term.term}”的履行情况应不晚于 {until}。
--     en: 'Operation under contract "{contract}" began on {day}; performance of "{term|choice:contract_term.term}" is to be looked at for the first time by {until}.'
--   under_way:
--     zh: 合同《{contract}》的“{term|choice:contract_term.term}”没有履行到位，已要求受托方整改，期限 {until}。
--     en: 'The term "{term|choice:contract_term.term}" of contract "{contract}" is not performed; the provider has been asked to remedy it by {until}.'
--   checked:
--     zh: 合同《{contract}》的责任义务已逐条检查履行情况（{term|choice:contract_term.term}），最早的一条应不晚于 {until} 再查。
--     en: 'Performance of contract "{contract}" was looked at term by term ({term|choice:contract_term.term}); again by {until}.'
WITH agreed AS (
    SELECT c.id AS subject, c.title, c.model,
           (SELECT count(*) FROM deployment d WHERE d.contract = c.id AND d.state IN ('operating', 'exiting')) AS running,
           (SELECT min(d.serving_since) FROM deployment d
            WHERE d.contract = c.id AND d.state IN ('operating', 'exiting')) AS since
    FROM subject x JOIN contract c ON c.id = x.id
), owed AS (
    SELECT a.subject, t.id AS term_id, t.term
    FROM agreed a JOIN contract_term t ON t.contract = a.subject
    WHERE (:model = 'all' OR a.model = :model) AND a.running > 0
      AND ' ' || :terms || ' ' LIKE '% ' || t.term || ' %'
), held AS MATERIALIZED (
    SELECT o.subject, o.term_id, o.term, i.id AS item_id, i.result, i.finding, r.reviewed_on,
           r.confirmed_on AS start
    FROM owed o JOIN supervision_item i ON i.contract_term = o.term_id JOIN supervision_review r ON r.id = i.review
    WHERE r.side = 'provider' AND r.state = 'confirmed' AND r.confirmed_by IS NOT NULL AND r.confirmed_on IS NOT NULL
      AND i.result IN ('fulfilled', 'partly', 'not_fulfilled')
), last AS MATERIALIZED (
    SELECT h.term_id, max(h.reviewed_on) AS day FROM held h WHERE h.start <= yj_today() GROUP BY h.term_id
), outcome AS (
    SELECT a.subject, CAST(NULL AS TEXT) AS term, CAST(NULL AS TEXT) AS day, CAST(NULL AS TEXT) AS until,
           CAST(NULL AS TEXT) AS item_id,
           CASE WHEN :model <> 'all' AND a.model <> :model THEN 'other_model'
                WHEN a.running = 0 THEN 'not_running' ELSE 'no_terms' END AS reason
    FROM agreed a WHERE NOT EXISTS (SELECT 1 FROM owed o WHERE o.subject = a.subject)
    UNION ALL
    SELECT o.subject, o.term, a.since, yj_add_months(a.since, :months), NULL,
           CASE WHEN yj_add_months(a.since, :months) >= yj_today() THEN 'first_due' ELSE 'unchecked' END
    FROM owed o JOIN agreed a ON a.subject = o.subject
    WHERE NOT EXISTS (SELECT 1 FROM last t WHERE t.term_id = o.term_id)
    UNION ALL
    SELECT h.subject, h.term, h.start, NULL, h.item_id, 'in_future' FROM held h WHERE h.start > yj_today()
    UNION ALL
    SELECT h.subject, h.term, h.reviewed_on, yj_add_months(h.reviewed_on, :months), h.item_id,
           CASE WHEN yj_add_months(h.reviewed_on, :months) < yj_today() THEN 'overdue' ELSE 'checked' END
    FROM held h JOIN last t ON t.term_id = h.term_id AND t.day = h.reviewed_on
    WHERE h.start <= yj_today()
    UNION ALL
    SELECT h.subject, h.term, h.reviewed_on, f.due_on, h.item_id,
           CASE WHEN f.requested_on IS NULL OR f.due_on IS NULL THEN 'not_asked'
                WHEN f.due_on < yj_today() THEN 'unremedied'
                WHEN :answer = 'remedied' THEN 'not_performed'
                ELSE 'under_way' END
    FROM held h JOIN last t ON t.term_id = h.term_id AND t.day = h.reviewed_on
         LEFT JOIN finding f ON f.id = h.finding
    WHERE h.start <= yj_today() AND :answer <> 'none' AND h.result <> 'fulfilled'
      AND (f.state <> 'verified' OR f.verified_by IS NULL)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('checked', 'under_way') THEN 'met'
            WHEN o.reason IN ('not_running', 'first_due', 'other_model') THEN 'not_applicable'
            WHEN o.reason IN ('no_terms', 'in_future') THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason,
       CASE WHEN o.reason IN ('checked', 'under_way', 'first_due', 'not_performed') THEN o.until
            WHEN o.reason = 'in_future' THEN yj_add_days(o.day, -1) END AS due,
       CASE WHEN o.item_id IS NULL THEN 'contract' ELSE 'supervision_item' END AS proof_kind,
       coalesce(o.item_id, o.subject) AS proof,
       a.title AS v_contract, a.model AS v_contract_model, o.term AS v_term, o.day AS v_day, o.until AS v_until
FROM outcome o JOIN agreed a ON a.subject = o.subject
