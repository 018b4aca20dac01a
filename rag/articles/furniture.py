"""What stands on a page beside its article: navigation, credits, legal lines, page numbers, image names."""

import itertools
import re

_OFFICE = (
    r"(?:本报|本网|特约|实习|见习|首席|全媒体|融媒体?|新媒体)*"
    r"(?:记者|通讯员|实习生|(?:责任|视频|文字|图片|新媒体)?编辑|责编|编审|[初复终]审|审核|审校|校对|校审|组版|排版|美编|版式|制图|"
    r"策划|统筹|监制|出品|主编|值班主任|撰文|撰稿|文案|作者|剪辑|摄像|配音|供图|供稿|摄影(?:报道)?|图文|文/图|图/文|(?:稿件|图片|信息)?来源|编译|[文图摄])"
)
_NAME = r"[㐀-鿿·]{2,5}"
_LEGAL = (
    r"(?:免责|广告|特别|郑重|版权)?声明\s*[:：]|本站(?:资料|内容|文章|所有|转载)|"
    r"版权所有|版权归.{0,20}所有|如有(?:侵权|版权问题)"
)
# 云澜日报　2024年1月9日　第A02版: who published, when, where in the paper, and nothing else.
_DAY = r"\d{4}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}\s?日?(?:\s*\d{1,2}[:：]\d{2}(?::\d{2})?)?"
_PUBLISHER = (
    r"(?:《?[\w·]{1,20}(?:报|网|社|台|刊|(?<!号)发布|中心|局|委|委员会|办|办公室|厅|部|公司|集团|队|政府|新闻|客户端|快讯)》?"
    rf"|[（(]?转自.{{1,20}}|(?:{_OFFICE})\s*{_NAME}|第?[A-Z]?\d{{1,3}}版)"
)
_LINES = (
    rf"(?:{_PUBLISHER}[\s|,，]+){{1,3}}{_DAY}(?:[\s|,，]+{_PUBLISHER}){{0,3}}|{_DAY}(?:[\s|,，]+{_PUBLISHER}){{1,3}}",
    rf"[（(](?:(?:报纸)?日期[:：])?{_DAY}[）)]",
    # Credits: offices with their names and nothing else, perhaps in brackets.
    rf"[（(【\[]?\s*(?:{_OFFICE}(?:\s*[:：丨|/]\s*[^\s。！？!?，；;:：][^。！？!?，；;:：]{{0,39}}|(?<![文图摄])\s+{_NAME}(?:[\s、]+{_NAME}){{0,5}})\s*)+[）)】\]]?",
    rf"[（(【\[][^。！？!?，]{{0,20}}{_OFFICE}[^。！？!?]{{0,30}}[）)】\]]",
    r"(?:来源|稿源|责任编辑|责编|编辑)\s*[:：].{0,60}",
    # Navigation.
    r"返回|(?:返回|回到)?\s*(?:顶部|首页|目录|列表)|top|更多\s*[:：>»]*|(?:点击)?(?:展开|阅读|查看)(?:更多|(?:阅读)?全文|原文).{0,6}",
    r"(?:点击|[上下]滑|[上下]拉|正在)?\s*加载(?:更多|中)?\W*",
    r"(?:推荐|相关|延伸|拓展|热门|精彩)(?:阅读|新闻|链接|文章|资讯|推荐|报道)(?:\W*|\s*[:：].{0,60})|(?:友情链接|猜你喜欢|热门搜索)\W*",
    r"(?:上|下)一[篇页条](?:\s*[:：].*)?|(?:(?:上一|下一|首|尾|末)页\s*)+",
    r"(?:首页|新闻|登录|注册|打印|关闭|收藏|评论|分享|点赞|举报|复制链接|字号|大|中|小|扫码|更多|关于我们|联系我们|网站地图|设为首页|[|>»/·\s])+",
    r"分享(?:到|至).{0,30}|(?:当前|您的?)?位置\s*[:：].*|(?:阅读|浏览|点击|评论|转发)(?:量|数|次数)?\s*[:：]\s*[\d.万wW+]+.{0,20}",
    r"(?:请?微信)?(?:扫码|扫一扫|长按(?:识别)?|扫描)(?:下载|关注|识别|二维码|添加|阅读).{0,20}|找记者\s.{0,20}|(?:欢迎)?关注.{0,20}(?:公众号|微信|微博|客户端|视频号)",
    # Keywords, dates of the page, law.
    r"(?:标签|关键词|关键字|tags?|keywords?)\s*[:：].*",
    r"(?:页面|最后|本页)?\s*(?:更新|发布|发表|修改)(?:时间|日期|于)?\s*[:：]\s*\d.{0,60}",
    r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?\s*(?:\d{1,2}:\d{2}(?::\d{2})?.{0,60}|(?:来源|作者|编辑|阅读|浏览|字号|稿源).{0,60})",
    r".*(?:ICP[备证]|公网安备|copyright|©|all rights reserved|powered by|许可证(?:编?号)?\s*[:：]).*",
    rf"(?:{_LEGAL}|(?:未经|转载).{{0,20}}(?:转载|注明出处|注明来源)|(?:违法和不良信息)?(?:举报|投诉|客服|新闻热线|报料)(?:电话|热线|邮箱)\s*[:：]).*",
    # Images, page numbers, rules.
    r"[（(【\[]?(?:相关)?(?:资料|配|视频截|示意)图片?[）)】\]]?|图源.{0,20}",
    r"!\[.*\]\(.*\)|https?://\S+|[^\s/。，]{0,40}(?: ?- ?副本)?\.(?:jpe?g|png|gif|bmp|webp)",
    r"[-—–·•]\s*\d{1,4}\s*[-—–·•]|第\s*\d{1,4}\s*页(?:[,，/\s]*共\s*\d{1,4}\s*页)?|\d{1,4}\s*/\s*\d{1,4}|page\s*\d+(?:\s*of\s*\d+)?",
    r"[\W_]+",
)
_FURNITURE = re.compile("|".join(f"(?:{line})" for line in _LINES), re.IGNORECASE)
_LONG_FURNITURE = re.compile(_LEGAL)
_LONGEST = 160  # characters, of furniture other than legal notices
_PAGER = re.compile(r"\W*(\d{1,3}(?:\s+\d{1,3}){2,})\W*(?:下一页|尾页|末页)?\W*")

# Where the article has ended, and what follows may be about other things.
_END = re.compile(
    r"[（(【\[]?\s*(?:责任编辑|责编|编辑|组版)\s*[:：]|(?:点击)?展开(?:阅读)?全文|"
    r"(?:推荐|相关|延伸|热门|精彩)(?:阅读|新闻|链接|文章|资讯|推荐|报道)|友情链接|猜你喜欢|页面更新|[上下]一篇"
)
_BYLINE = re.compile(rf"[（(【\[]?\s*(?:本报|本网)?(?:{_OFFICE})|\d{{4}}[-/.年]")
# Furniture glued to the last sentence of a paragraph.
_TAIL = re.compile(
    r"(?<=[。！？!?…”）)\s])(?:[（(【\[]?\s*(?:责任编辑|责编|视频编辑|文字编辑)\s*[:：丨|].{0,40}|"
    r"(?:广告|免责|版权|特别|风险)(?:声明|提示)\s*[:：].*)$"
)
_TAIL_REACH = 400  # characters from the end of a paragraph


def is_furniture(line: str) -> bool:
    """Tell whether the stripped ``line`` belongs to the page and not to the article."""
    if len(line) > _LONGEST:
        return bool(_LONG_FURNITURE.match(line))
    return bool(_FURNITURE.fullmatch(line)) or _is_pager(line)


def _is_pager(line: str) -> bool:
    """Tell 1 2 3 4 5 from a row of a table: its numbers follow each other."""
    found = _PAGER.fullmatch(line)
    if not found:
        return False
    numbers = [int(number) for number in found[1].split()]
    return all(after == before + 1 for before, after in itertools.pairwise(numbers))


def ends_article(line: str) -> bool:
    """Tell whether the furniture ``line`` is one that follows the end of an article."""
    return bool(_END.match(line))


def tail(line: str) -> int:
    """Return where furniture begins that is glued to the end of ``line``, else its length."""
    found = _TAIL.search(line, max(1, len(line) - _TAIL_REACH))
    return found.start() if found else len(line)


def is_byline(line: str) -> bool:
    """Tell whether the furniture ``line`` names reporters, as the line between title and text does."""
    return bool(_BYLINE.match(line))
