"""Inputs of the benchmarks: fact files of known shape, the same bytes for the same seed everywhere.

Only `random.Random(seed).random()` is used of Python's generator: its sequence is part of the
language's promise, those of the other methods are not.
"""
import bisect
import os
import random


class Numbers:
    """Seeded random numbers in the distributions that the shapes need."""

    def __init__(self, seed):
        self.unit = random.Random(seed).random

    def below(self, bound):
        return int(self.unit() * bound)

    def skewed(self, bound, power):
        """A number below `bound`; the higher the power, the more the small ones are preferred."""
        return int(bound * self.unit() ** power)

    def zipf(self, ranks, exponent=1.0):
        """A function that draws ranks from 0, rank r with weight (r + 1)^-exponent."""
        total, sums = 0.0, []
        for rank in range(1, ranks + 1):
            total += rank**-exponent
            sums.append(total)
        return lambda: min(bisect.bisect_right(sums, self.unit() * total), ranks - 1)

    def shuffled(self, items):
        items = list(items)
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]
        return items


def distinct(rows):
    """The rows without repetitions, in the order of their first appearance."""
    return list(dict.fromkeys(rows))


def write(folder, relation, rows):
    """Writes `relation.facts`; the rows are tuples of one length."""
    rows = iter(rows)
    with open(os.path.join(folder, relation + ".facts"), "w", encoding="utf-8") as file:
        first = next(rows, None)
        if first is None:
            return
        form = "\t".join(["%s"] * len(first)) + "\n"
        file.write(form % first)
        file.writelines(form % row for row in rows)


# MARK: Graphs


def random_edges(numbers, nodes, count):
    """Distinct directed edges without loops; `count` are drawn, so a few fewer result."""
    below = numbers.below
    drawn = ((below(nodes), below(nodes)) for _ in range(count))
    return distinct((x, y) for x, y in drawn if x != y)


def random_graph(folder, nodes, edges, seed=101):
    write(folder, "edge", random_edges(Numbers(seed), nodes, edges))
    write(folder, "start", [(0,)])


def grid(folder, width):
    """Edges right and down between width * width nodes."""
    def edges():
        for y in range(width):
            for x in range(width):
                node = y * width + x
                if x + 1 < width:
                    yield node, node + 1
                if y + 1 < width:
                    yield node, node + width
    write(folder, "edge", edges())


def chain(folder, edges):
    write(folder, "edge", ((node, node + 1) for node in range(edges)))


def tree(folder, depth):
    """A complete binary tree, and one of its leaves to ask about."""
    nodes = 2 ** (depth + 1) - 1
    write(folder, "parent", (((child - 1) // 2, child) for child in range(1, nodes)))
    write(folder, "edge", (((child - 1) // 2, child) for child in range(1, nodes)))
    write(folder, "ask", [(nodes - 1,)])


def generations(folder, nodes, edges, seed=112):
    """Parents drawn at random: a node may have several, and cycles occur."""
    write(folder, "parent", random_edges(Numbers(seed), nodes, edges))


def power_law(folder, scale, edges, undirected=False, seed=102):
    """A recursive matrix graph (R-MAT: Chakrabarti, Zhan, Faloutsos 2004) of 2^scale nodes, renamed
    at random. Undirected: each edge once, the smaller node first."""
    numbers = Numbers(seed)
    unit = numbers.unit
    names = numbers.shuffled(range(1 << scale))

    def one():
        x = y = 0
        for _ in range(scale):
            quarter = unit()
            x, y = x << 1, y << 1
            if quarter >= 0.95:
                x, y = x | 1, y | 1
            elif quarter >= 0.76:
                x |= 1
            elif quarter >= 0.57:
                y |= 1
        x, y = names[x], names[y]
        return (y, x) if undirected and y < x else (x, y)

    drawn = (one() for _ in range(edges))
    write(folder, "edge", distinct((x, y) for x, y in drawn if x != y))


def islands(folder, count, nodes, edges, seed=103):
    """`count` random graphs side by side, edges both ways, nodes renamed at random."""
    numbers = Numbers(seed)
    size = nodes // count
    names = numbers.shuffled(range(size * count))
    rows = []
    for _ in range(edges):
        x = numbers.below(size * count)
        y = x // size * size + numbers.below(size)
        if x != y:
            rows += [(names[x], names[y]), (names[y], names[x])]
    write(folder, "edge", distinct(rows))


def roads(folder, nodes, edges, longest=100, seed=104):
    numbers = Numbers(seed)
    rows = random_edges(numbers, nodes, edges)
    write(folder, "road", ((x, y, 1 + numbers.below(longest)) for x, y in rows))
    write(folder, "start", [(0,)])


# MARK: Programs under analysis


def pointers(folder, functions, seed=105):
    """Input of Andersen's analysis: functions of a dozen variables, flow mostly inside a function,
    calls mostly inside a module of 64 functions, and mostly downwards."""
    numbers = Numbers(seed)
    unit, below = numbers.unit, numbers.below
    size, module = 12, 64
    count = functions * size
    near = lambda variable: variable // size * size + below(size)
    address, assign = [], []
    for variable in range(count):
        if unit() < 0.17:
            address.append((variable, count + len(address)))
        if unit() < 0.75:
            assign.append((variable, near(variable)))
    for _ in range(count // 20):
        variable = below(count)
        address.append((variable, near(variable)))
    popular = numbers.zipf(functions, 0.6)
    for _ in range(functions * 11 // 10):
        caller = below(functions)
        callee = caller // module * module + below(module) if unit() < 0.97 else popular()
        callee = min(callee, functions - 1)
        if callee < caller and unit() < 0.9:
            caller, callee = callee, caller
        if caller == callee:
            continue
        for parameter in range(1 + below(3)):
            assign.append((callee * size + parameter, caller * size + below(size)))
        assign.append((caller * size + below(size), callee * size + size - 1))
    pairs = lambda total: distinct((v, near(v)) for v in (below(count) for _ in range(total)))
    write(folder, "addressOf", distinct(address))
    write(folder, "assign", distinct(pair for pair in assign if pair[0] != pair[1]))
    write(folder, "load", pairs(count // 8))
    write(folder, "store", pairs(count // 10))


def value_flow(folder, functions, seed=106):
    """Input of the pointer analysis of Graspan: assignments from recent variables, and calls."""
    numbers = Numbers(seed)
    unit, below = numbers.unit, numbers.below
    size = 20
    count = functions * size
    back, step = numbers.zipf(6, 1.2), numbers.zipf(8, 1.0)
    assign, dereference = [], []
    for variable in range(count):
        source = variable - 1 - back()
        if unit() < 0.55 and source >= variable // size * size:
            assign.append((variable, source))
        if unit() < 0.45:
            cell = variable // size * size + below(size)
            if cell != variable:
                dereference.append((variable, cell))
    for _ in range(functions * 9 // 10):
        one = below(functions)
        other = below(functions) if unit() < 0.3 else min(one + 1 + step(), functions - 1)
        high, low = max(one, other), min(one, other)
        pair = (high * size + below(2), low * size + size // 2 + below(size // 2))
        if pair[0] != pair[1]:
            assign.append(pair)
    write(folder, "assign", distinct(assign))
    write(folder, "dereference", distinct(dereference))


# MARK: Ontologies


def ontology(folder, classes, seed=107):
    """Axioms of an EL ontology in normal form: a deep hierarchy, existential restrictions over 40 roles
    of which some imply others, conjunctions."""
    numbers = Numbers(seed)
    unit, below, skewed = numbers.unit, numbers.below, numbers.skewed
    roles = 40
    role = numbers.zipf(roles, 0.9)
    p = [(c, c) for c in range(classes)]
    p += [(c, int(c * unit() ** 0.9 / 3)) for c in range(1, classes)]
    p += [(c, int(c * unit() * 0.8)) for c in range(1, classes) if unit() < 0.22]
    draw = lambda share, row: distinct(row() for _ in range(int(classes * share)))
    write(folder, "p", distinct(p))
    write(folder, "q", draw(0.5, lambda: (below(classes), role(), skewed(classes, 1.6))))
    write(folder, "u", draw(0.04, lambda: (skewed(classes, 1.3), role(), below(classes))))
    write(folder, "c", draw(0.06, lambda: (skewed(classes, 2), skewed(classes, 2), below(classes))))
    half = roles // 2
    write(folder, "s", distinct((half + below(half), below(half)) for _ in range(25)))
    write(folder, "r", distinct((below(half), below(half), below(half)) for _ in range(8)))


def universities(folder, count, seed=108):
    """Triples of text about universities, in the manner of the LUBM benchmark."""
    numbers = Numbers(seed)
    between = lambda low, high: low + numbers.below(high - low)
    rows = []
    add = lambda s, p, o: rows.append((s, p, o))
    staff = (("FullProfessor", 7, 11), ("AssociateProfessor", 10, 15),
             ("AssistantProfessor", 8, 12), ("Lecturer", 5, 8))
    for u in range(count):
        university = f"u{u}"
        add(university, "type", "University")
        for d in range(between(15, 20)):
            department = f"{university}d{d}"
            add(department, "type", "Department")
            add(department, "subOrganizationOf", university)
            for g in range(between(8, 12)):
                add(f"{department}g{g}", "type", "ResearchGroup")
                add(f"{department}g{g}", "subOrganizationOf", department)
            faculty, courses = [], []
            for kind, low, high in staff:
                for i in range(between(low, high)):
                    person = f"{department}{kind}{i}"
                    faculty.append(person)
                    add(person, "type", kind)
                    add(person, "worksFor", department)
                    add(person, "undergraduateDegreeFrom", f"u{numbers.below(count)}")
                    add(person, "doctoralDegreeFrom", f"u{numbers.below(count)}")
                    for _ in range(between(1, 3)):
                        course = f"{department}c{len(courses)}"
                        courses.append(course)
                        add(course, "type", ("Course", "GraduateCourse")[numbers.below(2)])
                        add(person, "teacherOf", course)
                    for article in range(between(3, 10)):
                        add(f"{person}p{article}", "type", "Article")
                        add(f"{person}p{article}", "publicationAuthor", person)
            add(faculty[0], "headOf", department)
            any_of = lambda things: things[numbers.below(len(things))]
            for i in range(between(120, 180)):
                student = f"{department}us{i}"
                add(student, "type", "UndergraduateStudent")
                add(student, "memberOf", department)
                for _ in range(between(2, 5)):
                    add(student, "takesCourse", any_of(courses))
                if numbers.below(5) == 0:
                    add(student, "advisor", any_of(faculty))
            for i in range(between(35, 60)):
                student = f"{department}gs{i}"
                add(student, "type", "GraduateStudent")
                add(student, "memberOf", department)
                add(student, "undergraduateDegreeFrom", f"u{numbers.below(count)}")
                add(student, "advisor", any_of(faculty))
                for _ in range(between(1, 4)):
                    add(student, "takesCourse", any_of(courses))
                if numbers.below(4) == 0:
                    add(student, "teachingAssistantOf", any_of(courses))
    write(folder, "triple", distinct(rows))


# MARK: Triples


def triples(folder, edges, text=False, seed=109):
    """Triples as of Wikidata: predicate 1 is the class of an entity (2,000, Zipf), 2 its country (200,
    Zipf), 3 the hierarchy of classes, 4 to 603 the rest (Zipf). Objects are strongly skewed."""
    numbers = Numbers(seed)
    unit, below, skewed = numbers.unit, numbers.below, numbers.skewed
    entities, base = max(edges // 7, 100), 2200
    a_class, country, other = numbers.zipf(2000), numbers.zipf(200), numbers.zipf(600, 1.05)
    rows = []
    for entity in range(entities):
        rows.append((base + entity, 1, a_class()))
        if unit() < 0.6:
            rows.append((base + entity, 2, 2000 + country()))
    rows += [(c, 3, int(c * unit() * 0.7)) for c in range(1, 2000)]
    while len(rows) < edges:
        subject = below(entities) if unit() < 0.7 else skewed(entities, 2.2)
        thing = skewed(entities, 3) if unit() < 0.5 else below(entities)
        rows.append((base + subject, 4 + other(), base + thing))
    rows = numbers.shuffled(distinct(rows))
    write(folder, "triple", ((f"Q{s}", f"P{p}", f"Q{o}") for s, p, o in rows) if text else rows)


# MARK: Companies

PLACES = ("太原 大同 阳泉 长治 晋城 朔州 晋中 运城 忻州 临汾 吕梁 北京 上海 天津 重庆 石家庄 郑州 西安 济南 南京 杭州 合肥 "
          "武汉 长沙 南昌 广州 深圳 成都 昆明 贵阳").split()
PROVINCES = ("山西 " * 11 + "北京 上海 天津 重庆 河北 河南 陕西 山东 江苏 浙江 安徽 湖北 湖南 江西 广东 广东 四川 云南 "
             "贵州").split()
BRANDS = "晋 阳 华 泰 恒 鑫 瑞 盛 达 通 汇 宏 安 康 兴 隆 源 丰 润 德 嘉 佳 金 银 龙 凤 鹏 云 海 山 江 天".split()
TRADES = ("新能源 煤化工 装备制造 生物医药 信息技术 新材料 食品 物流 建筑工程 环保科技 农业开发 白酒 钢铁 铝业 玻璃 陶瓷 纺织 "
          "文化旅游 投资 半导体").split()
FORMS = "有限公司 股份有限公司 集团有限公司 有限责任公司".split()
KINDS = "普通股 优先股 代持".split()
SURNAMES = "王李张刘陈杨赵黄周吴"


def companies(folder, count, seed=110):
    """company(name, province, trade, capital), person(name), own(owner, company, kind, share in 1/100
    percent), supplies(seller, buyer, year, amount), blacklisted(name)."""
    numbers = Numbers(seed)
    unit, below, skewed = numbers.unit, numbers.below, numbers.skewed
    trade, form, kind = numbers.zipf(20, 0.6), numbers.zipf(4), numbers.zipf(3, 1.2)
    names, times, rows = [], {}, []
    for _ in range(count):
        place, trade_name = below(len(PLACES)), TRADES[trade()]
        name = PLACES[place] + BRANDS[below(32)] + BRANDS[below(32)] + trade_name + FORMS[form()]
        times[name] = times.get(name, 0) + 1
        if times[name] > 1:
            name = f"{name}第{times[name] - 1}分公司"
        names.append(name)
        rows.append((name, PROVINCES[place], trade_name, 10 + int(10 ** (1 + 4 * unit()))))
    write(folder, "company", rows)
    people = [SURNAMES[i % 10] + BRANDS[i // 10 % 32] + BRANDS[i // 320 % 32] + f"{i}号"
              for i in range(count // 3)]
    write(folder, "person", ((name,) for name in people))

    owners, stakes = numbers.zipf(4, 0.8), {}
    for index, name in enumerate(names):
        left, parts = 10000, 1 + owners()
        for part in range(parts):
            if index > 0 and unit() < 0.62:
                owner = names[below(count)] if unit() < 0.02 else names[skewed(index, 1.5)]
            else:
                owner = people[skewed(len(people), 1.3)]
            share = left if part == parts - 1 else left * (500 + below(9000)) // 10000
            left -= share
            if share == 0 or owner == name:
                continue
            key = (owner, name, KINDS[kind()])
            stakes[key] = stakes.get(key, 0) + share
    write(folder, "own", ((*key, share) for key, share in stakes.items()))

    def sales():
        seen = set()
        for _ in range(count * 4):
            row = (skewed(count, 1.4), skewed(count, 1.2), 2020 + below(5))
            if row[0] != row[1] and row not in seen:
                seen.add(row)
                yield names[row[0]], names[row[1]], row[2], 1 + int(10 ** (3.3 * unit()))
    write(folder, "supplies", sales())
    listed = {count // 3 + below(count - count // 3) for _ in range(max(count // 400, 3))}
    write(folder, "blacklisted", ((names[index],) for index in sorted(listed)))


def rules(folder, count, seed=111):
    """A small input for a program of many rules."""
    write(folder, "edge", random_edges(Numbers(seed), 500, count))
