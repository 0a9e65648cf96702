using Gateway.Engine.Sampling;
using Xunit;

namespace Gateway.Engine.Tests.Sampling;

public sealed class TokenHistoryTests
{
    [Fact]
    public void Add_TokensOfPromptAndAnswer_CountsTheAnswerAlone()
    {
        var history = new TokenHistory(10);
        history.Begin([3, 5, 3]);
        foreach (var id in (int[])[5, 7, 7])
        {
            history.Add(id);
        }

        Assert.Equal([3, 5, 7], history.Seen.ToArray());
        Assert.Equal([0, 1, 2], history.Seen.ToArray().Select(history.TimesGenerated));
        Assert.Equal([3, 5, 7], Enumerable.Range(0, 10).Where(history.HasSeen));
    }

    [Fact]
    public void Begin_AfterAnotherRequest_KnowsItsOwnPromptAlone()
    {
        var history = new TokenHistory(10);
        history.Begin([1, 2]);
        history.Add(2);
        history.Add(9);

        history.Begin([2, 4]);

        Assert.Equal([2, 4], history.Seen.ToArray());
        Assert.All(history.Seen.ToArray(), id => Assert.Equal(0, history.TimesGenerated(id)));
        Assert.Equal([2, 4], Enumerable.Range(0, 10).Where(history.HasSeen));
    }
}
