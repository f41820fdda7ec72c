-- Notes, as rules look at them.

SELECT n.id AS id, -- it's of the note
       n.name AS name
FROM note n WHERE n.name <> ' --  '
