using System.Text;
using Gateway.Contracts.OpenAI;
using Gateway.Providers;
using Xunit;

namespace Gateway.IntegrationTests.Observability;

public sealed class AnswerMeterTests
{
    private readonly ManualTime _time = new();
    private readonly List<double> _gaps = [];
    private readonly AnswerMeter _meter;

    public AnswerMeterTests() => _meter = new AnswerMeter(_time, choices: 1, onGap: gap => _gaps.Add(gap.TotalMilliseconds));

    [Theory]
    [InlineData("""{"reasoning_content":"Hm"}""", true, false)]
    [InlineData("""{"reasoning":"Hm"}""", true, false)]
    [InlineData("""{"content":"Hi"}""", true, true)]
    [InlineData("""{"content":"Hi","reasoning_content":"Hm"}""", true, true)]
    [InlineData("""{"refusal":"No"}""", true, true)]
    [InlineData("""{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":""}}]}""", true, true)]
    [InlineData("""{"role":"assistant","content":"","reasoning_content":""}""", false, false)]
    [InlineData("""{"role":"assistant","content":null}""", false, false)]
    [InlineData("{}", false, false)]
    public void Observe_Delta_TellsReasoningFromContent(string delta, bool isToken, bool isContent)
    {
        Observe(delta);

        Assert.Equal(isToken, _meter.FirstTokenAt is not null);
        Assert.Equal(isContent, _meter.FirstContentTokenAt is not null);
    }

    [Fact]
    public void Observe_ReasoningThenContent_KeepsEachFirstAndTheGaps()
    {
        var start = _time.GetTimestamp();
        Step(100, """{"role":"assistant","content":""}""");
        Step(20, """{"reasoning_content":"Hm"}""");
        Step(30, """{"reasoning_content":"m"}""");
        Step(500, """{"content":"Hi"}""");
        Step(10, """{"content":"!"}""");
        Step(40, "{}");

        Assert.Equal(start, _meter.StartedAt);
        Assert.Equal(120, Since(_meter.FirstTokenAt));
        Assert.Equal(650, Since(_meter.FirstContentTokenAt));
        Assert.Equal(660, Since(_meter.LastTokenAt));
        Assert.Equal([30, 500, 10], _gaps);

        double Since(long? moment) => _time.GetElapsedTime(start, moment!.Value).TotalMilliseconds;
        void Step(double milliseconds, string delta)
        {
            _time.Advance(milliseconds);
            Observe(delta);
        }
    }

    [Fact]
    public void MarkSent_AfterEachFlush_KeepsWhenTheFirstTokensHadGone()
    {
        _meter.MarkSent();
        Assert.Null(_meter.FirstTokenSentAt);

        Observe("""{"reasoning_content":"Hm"}""");
        _time.Advance(3);
        _meter.MarkSent();
        var reasoningSent = _time.GetTimestamp();
        _time.Advance(50);
        Observe("""{"content":"Hi"}""");
        _time.Advance(2);
        _meter.MarkSent();
        var contentSent = _time.GetTimestamp();
        _time.Advance(2);
        _meter.MarkSent();

        Assert.Equal(reasoningSent, _meter.FirstTokenSentAt);
        Assert.Equal(contentSent, _meter.FirstContentTokenSentAt);
    }

    [Fact]
    public void Continue_AnswerThatBroke_ClientsFirstTokenIsTheEarlierOneAndTheGapBetweenTheAttemptsIsNone()
    {
        Observe("""{"content":"Hi"}""");
        _meter.MarkSent();
        var firstToken = _time.GetTimestamp();
        _time.Advance(200);
        var second = new AnswerMeter(_time, choices: 1, onGap: gap => _gaps.Add(gap.TotalMilliseconds));
        second.Continue(_meter);
        _time.Advance(50);
        Observe("""{"content":"!"}""", second);
        second.MarkSent();

        Assert.Equal(firstToken, second.FirstTokenAt);
        Assert.Equal(firstToken, second.FirstContentTokenAt);
        Assert.Equal(firstToken, second.FirstTokenSentAt);
        Assert.Equal(_time.GetTimestamp(), second.OwnFirstTokenAt);
        Assert.Equal(200, _time.GetElapsedTime(firstToken, second.StartedAt).TotalMilliseconds);
        Assert.Empty(_gaps);
    }

    private void Observe(string delta) => Observe(delta, _meter);

    private static void Observe(string delta, AnswerMeter meter) =>
        meter.Observe(AnswerReader.Read(Encoding.UTF8.GetBytes($$"""{"choices":[{"index":0,"delta":{{delta}},"finish_reason":null}]}""")));
}
