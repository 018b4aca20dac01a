"""A question as people speak and mistype it -> as one is written, in the words that articles use."""

import re
from collections.abc import Iterator

from rag._text import Span, fold, weight, words
from rag.index import Index, index_words
from rag.search.matching import asks
from rag.search.pinyin import sound, sounding
from rag.search.query import Query

# What opens and closes a question and asks for nothing.
_OPENING = re.compile(
    r"^(?:[\s，,。、…~～]|你好|您好|哎|诶|喂|嗯|呃|那啥|那个(?=[，,、\s])|对了|话说|各位(?:大佬|老师|朋友)?|大家|老师|麻烦|劳驾|拜托|请问|请|帮我|帮忙|给我|替我|能不能|可以|可不可以"
    r"|(?:我就?)?想(?:请)?(?:问|知道|了解|打听|查)(?:一?下|问|查)?(?:子)?|(?:我就?)?问(?:一?下|个事儿?|问)|打听(?:一?下)?|(?:查|看|找|说|讲|告诉我)(?:一?下|一[查看找说])"
    r"|查查|看看|告诉我|谁知道|有谁知道|有没有人(?:知道|晓得)|你?知不知道|知道|(?:资料|文章|材料|报道|新闻|报纸)(?:里|中|上)?(?:面|头)?有没有(?:说|提到?|写|讲)(?:过|到)?"
    r"|有没有(?:说|提到?|写|讲)(?:过|到)?|(?:我)?(?:听说|记得|看到)(?=[，,\s]))+"
)
_CLOSING = re.compile(
    r"(?:[\s，,。？?！!~～…]|来着|[呀啊呢嘛吧啦哈哇呗咧]|谢谢(?:你|您|啦|了)?|多谢|急|在线等|有人知道吗?|(?:你|您)?知道吗|有没有说(?:过)?|(?<=[多几][少久大高长])了)+$"
)
# What people say, and what is written; general words only.
_SAYINGS = tuple(
    (re.compile(pattern), written)
    for pattern, written in (
        (r"啥时候?|多会儿|多咱|哪会儿|什么时侯", "什么时候"),
        (r"(?:是个?|为)?啥(?=地方)|啥", "什么"),
        (r"咋样|咋个样", "怎么样"),
        (r"咋(?:个)?", "怎么"),
        (r"礼拜|星期(?=[一二三四五六日天几])", "周"),
        (r"(?<!\d)(?=[012]\d年(?!前|后|内|来|的时间|期))", "20"),
        (r"多大(?:岁数|年纪|年龄)|几岁", "多少岁"),
        (r"(?:这|那)(?:摊子|摊|档子)(?:事儿?|玩意儿?)?", ""),
        (r"(?:总共|一共|统共)?(?:得|要|需要?|会|能)?砸(?:了|进去?)?(?:多少钱?|几个钱)(?:进去)?", "总投资多少"),
        (
            r"(?:总共|一共|统共)(?:得|要|需要?)?(?:花|投)(?:了|进去?)?(?:多少钱?|几个钱)(?:进去)?(?=$|[？?，,])",
            "总投资多少",
        ),
        (r"(?:赚|挣)(?:了|到)?(?:多少钱|几个钱)", "利润多少"),
        (r"(?:盖|修|造)(?:到|在)(?:了)?(?:哪里|哪儿|哪)", "建在哪里"),
        (r"(?<![改打创])(?:盖|修|造|建|弄|搞)(?:完|好)(?![成备转处了])", "建成"),
        (r"(?:开始|动手)(?:盖|修|建|造|干|弄)|破土", "开工"),
        (r"(?<![开沟交流])通了?(?=以?后|之后)", "通车"),
        (r"(?:能|可以)(?:进去)?(?:逛|玩|看上戏|进人|进去)", "开放"),
        (r"(?:开车|坐车|坐高铁|开过去|过去|开)(?:到\w{2,8}?)?(?:得|要|需要?)?(?:花)?(?:多久|多长时间)", "车程多长时间"),
        (r"空(?:着|了)(?=多少)", "空置率"),
        (r"(?:管事儿?的|带头的|头头|头儿)(?=是谁|叫|$)", "负责人"),
        (r"停(?:在|到)?(?:哪儿?|哪里)", "停靠在哪里"),
        (r"哪儿|哪嘎达|哪块", "哪里"),
        (r"老百姓|街坊", "居民"),
        # Statistics for short; no dictionary has them, so 固投有 would be cut 固|投有.
        (r"社零(?:总额|额)?", "社会消费品零售总额"),
        (r"固投", "固定资产投资"),
        (r"规上(?=工业|企业|服务业|文化|文旅|单位|建筑)", "规模以上"),
        (r"城里人", "城镇居民"),
        (r"乡下人|村里人", "农村居民"),
    )
)
_NEAR = 10  # passages in which the word that was meant is looked for
_RARE = 10.5  # the weight of a word that 130,000 news articles do not have
_COUNTING = re.compile(r"[一二两三四五六七八九十百千万亿几多第哪这那零〇]")


def _question_mark(closing: re.Match[str]) -> str:
    marks = re.findall(r"[？?]", closing.group())
    return marks[0] if marks else ""


def plain(query: Query, index: Index) -> str:
    """Return a Chinese question in writing: without chat around it, colloquial words replaced, typos mended."""
    text = _CLOSING.sub(_question_mark, _OPENING.sub("", query.text))
    if not re.search(r"\w", text):
        text = query.text
    for pattern, written in _SAYINGS:
        text = pattern.sub(written, text)
    return _mended(text, index)


def _mended(text: str, index: Index) -> str:
    """Return ``text`` with each word that is none replaced by the one that it sounds like: 总头资 by 总投资.

    What was meant is a common word, no name (青浦区 is not 青埔区), shares a character with what is written, and stands
    in the passages that the rest of the question finds, where what is written does not.
    """
    folded = fold(text)
    doubtful = list(_doubtful(folded, index))
    if not doubtful:
        return text
    keys = [key for key, _ in index.lexical(index_words(folded), _NEAR)]
    near = fold("\n".join(f"{passage.title} {passage.heading} {passage.text}" for passage in index.passages(keys)))
    there = set(words(near))
    taken: list[Span] = []
    for span in doubtful:
        word = span.of(folded)
        if word in near or any(span.overlaps(other) for other in taken):
            continue
        meant = {
            match.group()
            for match in sounding(word).finditer(near)
            if match.group() in there and _is_meant(match.group(), folded, span, near)
        }
        if len(meant) == 1:
            text = f"{text[: span.start]}{meant.pop()}{text[span.end :]}"
            taken.append(span)
    return text


def _is_meant(meant: str, folded: str, span: Span, near: str) -> bool:
    """Tell whether ``meant`` may be what was to be written at ``span``: a common word that shares a character."""
    import rjieba

    changed = [at for at, char in enumerate(meant, span.start) if folded[at] != char]
    # 理工|岱云: a character that belongs to its neighbour is no typo.
    pairs = {folded[max(0, at - 1) : at + 1] for at in changed} | {folded[at : at + 2] for at in changed}
    return (
        len(changed) < len(meant)
        and not any(len(pair) == 2 and pair in near for pair in pairs)
        and sound(meant) == sound(span.of(folded))
        and weight(meant) < _RARE
        and not any(tag.startswith(("nr", "ns", "nt", "nz")) for _, tag in rjieba.tag(meant))
    )


def _doubtful(folded: str, index: Index) -> Iterator[Span]:
    """Yield the runs of two to four characters that are no word, here or in the news, the longest first.

    Only about a piece that is none either, or is cut to a single character, as a mistyped word is.
    """
    import rjieba

    at = 0
    odd: set[int] = set()
    inside: set[int] = set()
    for word in rjieba.cut(folded):
        piece = range(at, at + len(word))
        at += len(word)
        if len(word) == 1 or (weight(word) >= _RARE and not index.lexical([word], 1)):
            odd.update(piece)
        else:
            inside.update(piece[1:])
    for size in (4, 3, 2):
        for start in range(len(folded) - size + 1):
            run = folded[start : start + size]
            if (
                odd.intersection(range(start, start + size))
                and not {start, start + size} & inside  # no word is cut: 建设|时 is not 建|设施
                and re.fullmatch(r"[㐀-鿿]+", run)
                and not _COUNTING.search(run)
                and not any(asks(char) for char in run)
                and weight(run) >= _RARE
                and not index.lexical([run], 1)
            ):
                yield Span(start, start + size)
