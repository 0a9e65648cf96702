using Gateway.Engine.ChatTemplates;
using Xunit;

namespace Gateway.Engine.Tests.ChatTemplates;

/// <summary>Templates that try to exhaust the process: each has to end in a <see cref="ChatTemplateException"/>.</summary>
public sealed class SandboxTests
{
    private const int Deep = 50_000;

    public static TheoryData<string, string> Nested() => new()
    {
        { "parentheses", "{{ " + Repeat("(") + "1" + Repeat(")") + " }}" },
        { "lists", "{{ " + Repeat("[") + Repeat("]") + " }}" },
        { "dicts", "{{ " + Repeat("{1:") + "1" + Repeat("}") + " }}" },
        { "calls", "{{ " + Repeat("range(") + "1" + Repeat(")") + " }}" },
        { "subscripts", "{{ " + Repeat("a[") + "1" + Repeat("]") + " }}" },
        { "nots", "{{ " + Repeat("not ") + "1 }}" },
        { "signs", "{{ " + Repeat("-") + "1 }}" },
        { "inline ifs", "{{ " + Repeat("1 if 0 else ") + "1 }}" },
        { "ifs", Repeat("{% if 1 %}") + Repeat("{% endif %}") },
        { "loops", Repeat("{% for i in [1] %}") + Repeat("{% endfor %}") },
        { "macros", Repeat("{% macro m() %}") + Repeat("{% endmacro %}") },
        { "targets", "{% set " + Repeat("(") + "a" + Repeat(")") + " = 1 %}" },
        { "sum", "{{ 1" + Repeat("+1") + " }}" },
        { "concatenation", "{{ 1" + Repeat("~1") + " }}" },
        { "power", "{{ 1" + Repeat("**1") + " }}" },
        { "and", "{{ 1" + Repeat(" and 1") + " }}" },
        { "filters", "{{ 'a'" + Repeat("|upper") + " }}" },
        { "attributes", "{{ a" + Repeat(".b") + " }}" },
        { "tests", "{{ a" + Repeat(" is defined") + " }}" },
        { "unclosed ifs", Repeat("{% if 1 %}") },
        { "unclosed parentheses", "{{ " + Repeat("(") },
    };

    [Theory]
    [MemberData(nameof(Nested))]
    public void Render_DeeplyNestedSource_IsRefused(string what, string source)
    {
        Assert.NotEmpty(what);
        Assert.Throws<ChatTemplateException>(() => TemplateRenderer.Render(source));
    }

    [Theory]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "deeper")]
    [InlineData("{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}", "deeper")]
    [InlineData("{% macro m() %}{% call m() %}{{ caller() }}{% endcall %}{% endmacro %}{{ m() }}", "deeper")]
    [InlineData("{{ range(1000000000) | length }}", "range")]
    [InlineData("{{ range(10 ** 40) | length }}", "range")]
    [InlineData("{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}", "rendering")]
    [InlineData("{% set n = namespace(s='ab') %}{% for i in range(100) %}{% set n.s = n.s + n.s %}{% endfor %}", "characters")]
    [InlineData("{% set n = namespace(s='ab') %}{% for i in range(100) %}{% set n.s %}{{ n.s }}{{ n.s }}{% endset %}{% endfor %}", "characters")]
    [InlineData("{% set n = namespace(s=[1]) %}{% for i in range(100) %}{% set n.s = n.s + n.s %}{% endfor %}", "")]
    [InlineData("{% set n = namespace(s=[1]) %}{% for i in range(1000) %}{% set n.s = [n.s] %}{% endfor %}", "nest")]
    [InlineData("{% set n = namespace(s={}) %}{% for i in range(1000) %}{% set n.s = {1: n.s} %}{% endfor %}", "nest")]
    [InlineData("{% set n = namespace(s=[1]) %}{% for i in range(90) %}{% set n.s = [n.s, n.s] %}{% endfor %}{{ n.s }}", "")]
    [InlineData("{% set n = namespace(s=[1]) %}{% for i in range(90) %}{% set n.s = [n.s, n.s] %}{% endfor %}{{ n.s | tojson }}", "")]
    [InlineData("{% set n = namespace(s=[1], t=[1]) %}{% for i in range(90) %}{% set n.s = [n.s, n.s] %}{% set n.t = [n.t, n.t] %}{% endfor %}{{ n.s == n.t }}", "steps")]
    [InlineData("{% set n = namespace() %}{% set n.n = n %}{{ [n] }}", "cannot be printed")]
    [InlineData("{{ 'a' * 10 ** 9 }}", "characters")]
    [InlineData("{{ [1] * 10 ** 12 }}", "")]
    [InlineData("{{ 9 ** (9 ** 9) }}", "digits")]
    [InlineData("{% set n = namespace(i=9) %}{% for i in range(100) %}{% set n.i = n.i * n.i %}{% endfor %}", "digits")]
    [InlineData("{{ 'a\nb' | indent(10 ** 9) }}", "characters")]
    [InlineData("{{ 1.5 | round(10 ** 9) }}", "precision")]
    [InlineData("{% set a = 'a' * 10 ** 6 %}{{ a | replace('a', a) }}", "characters")]
    [InlineData("{% set a = 'a' * 10 ** 6 %}{{ a.replace('', a) }}", "rendering")]
    [InlineData("{% set a = 'a' * 10 ** 6 %}{% for i in range(100000) %}{{ a.count('b') }}{% endfor %}", "steps")]
    [InlineData("{% set a = 'a' * 2 * 10 ** 6 %}{{ (a[1:] ~ 'b') in a * 2 }}", "steps")]
    [InlineData("{% set a = 'a' * 10 ** 6 %}{{ a.strip(a) }}{{ a.split(a) }}{{ a.find(a) }}", "steps")]
    [InlineData("{% for i in range(100000) %}{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' * 9 }}{% endfor %}", "characters")]
    [InlineData("{{ range(100000) | list | unique | list }}", "steps")]
    [InlineData("{% set a = 'a' * 10 ** 7 %}{% for i in range(100000) %}{% set b = a[0:1] %}{% endfor %}", "steps")]
    [InlineData("{% set a = 'a' * 10 ** 7 %}{% set d = {} %}{% for i in range(100000) %}{% set b = d[a] %}{% set c = d.get(a) %}{% endfor %}", "steps")]
    [InlineData("{% set a = 'A' * 10 ** 6 %}{{ ([a] * 100000) | sort | length }}", "characters")]
    [InlineData("{% set a = 'a.' * 10 ** 6 %}{{ ([{}] * 100000) | map(attribute=a) | list }}", "")]
    public void Render_HostileTemplate_IsRefusedWithinItsBounds(string source, string cause)
    {
        var error = Assert.Throws<ChatTemplateException>(() => TemplateRenderer.Render(source));
        Assert.Contains(cause, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_OnASmallStack_IsRefusedInsteadOfOverflowing()
    {
        Exception? caught = null;
        var thread = new Thread(
            () => caught = Record.Exception(() => TemplateRenderer.Render("{% macro m() %}{{ [m()] | map('upper') | list }}{% endmacro %}{{ m() }}")),
            maxStackSize: 256 * 1024);
        thread.Start();
        thread.Join();
        Assert.IsType<ChatTemplateException>(caught);
    }

    [Fact]
    public void Parse_TooLongASource_IsRefused() =>
        Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(new string('a', ChatTemplate.MaxLength + 1)));

    [Fact]
    public void Render_DeeplyNestedMessages_IsRefused() => Assert.Throws<ChatTemplateException>(() => TemplateRenderer.Render(
        "{{ messages }}", "[{\"content\":" + new string('[', 5000) + new string(']', 5000) + "}]"));

    [Fact]
    public void Render_IntegerOfTooManyDigits_IsRefused() => Assert.Throws<ChatTemplateException>(() => TemplateRenderer.Render(
        "{{ messages }}", "[{\"content\":" + new string('9', 5000) + "}]"));

    [Fact]
    public void Render_InParallel_GivesEachItsOwnText()
    {
        var template = ChatTemplate.Parse("{% set ns = namespace(n=0) %}{% for i in range(x) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}");
        Parallel.For(0, 64, x => Assert.Equal(
            $"{x * (x - 1) / 2}",
            template.Render(new ChatTemplateInput
            {
                Messages = TemplateRenderer.Json("[]"),
                Extra = new Dictionary<string, System.Text.Json.JsonElement> { ["x"] = TemplateRenderer.Json($"{x}") },
                Now = DateTimeOffset.UnixEpoch,
            })));
    }

    private static string Repeat(string part) => string.Concat(Enumerable.Repeat(part, Deep));
}
