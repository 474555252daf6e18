-- The hierarchy is small: its closure first, then one pass over the facts.
CREATE TABLE subclass(c VARCHAR, d VARCHAR);
INSERT INTO subclass VALUES
  ('FullProfessor', 'Professor'), ('AssociateProfessor', 'Professor'), ('AssistantProfessor', 'Professor'),
  ('Chair', 'Professor'), ('Professor', 'Faculty'), ('Lecturer', 'Faculty'), ('Faculty', 'Employee'),
  ('Employee', 'Person'), ('Student', 'Person'), ('TeachingAssistant', 'Person'),
  ('UndergraduateStudent', 'Student'), ('GraduateStudent', 'Student'), ('GraduateCourse', 'Course'),
  ('Course', 'Work'), ('Article', 'Publication'), ('University', 'Organization'),
  ('Department', 'Organization'), ('ResearchGroup', 'Organization');
CREATE TABLE isa AS
WITH RECURSIVE isa(c, d) AS (
  SELECT c, c FROM (SELECT c FROM subclass UNION SELECT d FROM subclass)
  UNION SELECT isa.c, subclass.d FROM isa JOIN subclass ON subclass.c = isa.d)
FROM isa;
CREATE TABLE subOrganization AS
WITH RECURSIVE r(x, y) AS (
  SELECT s, o FROM triple WHERE p = 'subOrganizationOf'
  UNION SELECT r.x, o FROM r JOIN triple ON s = r.y WHERE p = 'subOrganizationOf')
FROM r;
CREATE TABLE head AS SELECT s AS x, o AS y FROM triple WHERE p = 'headOf';
CREATE TABLE works AS SELECT DISTINCT s AS x, o AS y FROM triple WHERE p IN ('worksFor', 'headOf');
CREATE TABLE degree AS
  SELECT DISTINCT s AS x, o AS u FROM triple
  WHERE p IN ('undergraduateDegreeFrom', 'mastersDegreeFrom', 'doctoralDegreeFrom');
CREATE TABLE takes AS SELECT s AS x, o AS c FROM triple WHERE p = 'takesCourse';
CREATE TABLE teaches AS SELECT s AS x, o AS c FROM triple WHERE p = 'teacherOf';
CREATE TABLE advised AS SELECT s AS x, o AS y FROM triple WHERE p = 'advisor';
CREATE TABLE direct AS
  SELECT s AS x, o AS c FROM triple WHERE p = 'type'
  UNION SELECT x, 'Student' FROM takes
  UNION SELECT s, 'TeachingAssistant' FROM triple WHERE p = 'teachingAssistantOf'
  UNION SELECT x, 'Person' FROM advised
  UNION SELECT u, 'University' FROM degree;
CREATE TABLE a(x, class) AS
  WITH known AS (SELECT DISTINCT x, coalesce(d, direct.c) AS c FROM direct LEFT JOIN isa ON isa.c = direct.c),
  more AS (
    SELECT head.x, 'Chair' AS c FROM head JOIN known ON known.x = head.y WHERE known.c = 'Department'
    UNION SELECT works.x, 'Employee' FROM works JOIN known ON known.x = works.y WHERE known.c = 'Organization')
  FROM known UNION SELECT x, d FROM more JOIN isa ON isa.c = more.c;
CREATE TABLE member AS
  WITH direct AS (SELECT s AS x, o AS y FROM triple WHERE p = 'memberOf' UNION FROM works)
  FROM direct UNION SELECT direct.x, s.y FROM direct JOIN subOrganization s ON s.x = direct.y;
CREATE VIEW byOwnTeacher AS
  SELECT advised.x AS student, advised.y AS teacher, takes.c AS course
  FROM advised JOIN takes ON takes.x = advised.x JOIN teaches ON teaches.x = advised.y AND teaches.c = takes.c
  JOIN a s ON s.x = advised.x AND s.class = 'Student' JOIN a t ON t.x = advised.y AND t.class = 'Faculty';
CREATE VIEW home AS
  SELECT s.x AS student, degree.u AS university, member.y AS department
  FROM a s JOIN member ON member.x = s.x JOIN a d ON d.x = member.y
  JOIN subOrganization o ON o.x = member.y JOIN degree ON degree.x = s.x AND degree.u = o.y
  WHERE s.class = 'GraduateStudent' AND d.class = 'Department';
CREATE VIEW chairOf AS
  SELECT DISTINCT s.x, o.y AS university
  FROM a s JOIN works ON works.x = s.x JOIN subOrganization o ON o.x = works.y JOIN a u ON u.x = o.y
  WHERE s.class = 'Chair' AND u.class = 'University';
CREATE VIEW colleague AS
  SELECT DISTINCT v.x, w.x AS y
  FROM works v JOIN works w ON w.y = v.y JOIN degree d ON d.x = v.x JOIN degree e ON e.x = w.x AND e.u = d.u
  WHERE v.x != w.x;
CREATE VIEW idle AS
  SELECT x FROM a WHERE class = 'Student' AND x NOT IN (SELECT x FROM advised);
