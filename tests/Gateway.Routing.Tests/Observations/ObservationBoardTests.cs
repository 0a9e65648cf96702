using Xunit;

namespace Gateway.Routing.Tests.Observations;

/// <summary>What one replica makes of its own calls.</summary>
public sealed class ObservationBoardTests
{
    private readonly ManualTime _time = new();
    private readonly ObservationBoard _board;

    public ObservationBoardTests() => _board = new ObservationBoard(_time);

    [Fact]
    public void Current_NothingSeen_IsUnknown()
    {
        var view = _board.Alone();

        Assert.Empty(view.Models);
        Assert.Null(view.Find(Calls.Fast.QualifiedName));
        Assert.Null(view.OutputTokens("auto", TaskKind.Code));
        Assert.Null(view.StickyModel(1, _time.Now, TimeSpan.FromMinutes(5)));
        Assert.Equal(1, _board.Replicas);
    }

    [Fact]
    public void EndCall_Streams_ShowFirstTokenRateAndTokens()
    {
        _board.Call(Calls.Fast, Calls.Stream(firstToken: 0.5, secondsPerToken: 0.02, outputTokens: 101));
        _board.Call(Calls.Fast, Calls.Stream(firstToken: 1.5, secondsPerToken: 0.05, outputTokens: 201));
        Assert.Empty(_board.Current.Models);

        var view = _board.Alone();

        var model = view.Of(Calls.Fast);
        Assert.Equal(2, model.Calls);
        Assert.Equal(0, model.ErrorRate);
        Assert.Equal(1, model.FirstToken!.Mean);
        Assert.Equal(2, model.FirstToken.Count);
        Assert.Null(model.Answer);
        Assert.Equal((2 + 10) / 300.0, model.SecondsPerToken);
        Assert.Equal(1.2, model.TokenRatio);
        Assert.Equal(0, model.InFlight);
        Assert.Equal(151, view.OutputTokens("auto", TaskKind.Code));
        Assert.Null(view.OutputTokens("auto", TaskKind.General));
    }

    [Fact]
    public void EndCall_OneAbsurdReportOfInput_DoesNotChangeHowPromptsAreCounted()
    {
        _board.Call(Calls.Fast, Calls.Stream());
        _board.Call(Calls.Fast, Calls.Stream() with { InputTokens = int.MaxValue });

        Assert.Equal(1.2, _board.Alone().Of(Calls.Fast).TokenRatio);
    }

    [Fact]
    public void EndCall_PieceAndFailure_CountEachForItself()
    {
        _board.Call(Calls.Fast, Calls.Piece(duration: 2));
        _board.Call(Calls.Fast, Calls.Failure());
        _board.Call(Calls.Fast, Calls.Stream(outputTokens: 1) with { IsFailure = true, FirstToken = null, Generation = null, InputTokens = null, OutputTokens = null });

        var view = _board.Alone();

        var model = view.Of(Calls.Fast);
        Assert.Equal(3, model.Calls);
        Assert.Equal(2 / 3.0, model.ErrorRate);
        Assert.Equal(2, model.Answer!.Mean);
        Assert.Equal(1, model.Answer.Count);
        Assert.Null(model.FirstToken);
        Assert.Null(model.SecondsPerToken);
        Assert.Equal(1, model.TokenRatio);
        Assert.Null(view.StickyModel(3, _time.Now, TimeSpan.FromMinutes(5)));
    }

    [Fact]
    public void BeginCall_NotEnded_IsInFlight()
    {
        _board.BeginCall(Calls.Fast);
        _board.BeginCall(Calls.Fast);
        _board.BeginCall(Calls.Slow);
        _board.CancelCall(Calls.Slow);
        _board.BeginCall(Calls.Fast);
        _board.EndCall(Calls.Fast, Calls.Piece());

        var view = _board.Alone();

        Assert.Equal(2, view.Of(Calls.Fast).InFlight);
        Assert.Null(view.Find(Calls.Slow.QualifiedName));
    }

    [Fact]
    public void Suspend_UntilThen_IsSeenWithoutCallsAndEnds()
    {
        _board.Suspend(Calls.Fast, _time.Now.AddSeconds(20));
        _board.Suspend(Calls.Fast, _time.Now.AddSeconds(5));

        var model = _board.Alone().Of(Calls.Fast);
        Assert.Equal(_time.Now.AddSeconds(20), model.SuspendedUntil);
        Assert.Equal((0, 0), (model.Calls, model.ErrorRate));

        _time.Advance(20);
        Assert.Null(_board.Alone().Find(Calls.Fast.QualifiedName));
    }

    [Fact]
    public void Resume_Suspended_EndsTheSuspension()
    {
        _board.Suspend(Calls.Fast, _time.Now.AddSeconds(20));
        _board.Resume(Calls.Fast);

        Assert.Null(_board.Alone().Find(Calls.Fast.QualifiedName));
    }

    [Fact]
    public void Refresh_HalfLife_HalvesWhatIsOld()
    {
        _board.Call(Calls.Fast, Calls.Piece(duration: 1));
        _board.Call(Calls.Fast, Calls.Failure());
        _time.Advance(60);
        Assert.Equal(1, _board.Alone().Of(Calls.Fast).Calls);

        _board.Call(Calls.Fast, Calls.Piece(duration: 4));
        var model = _board.Alone().Of(Calls.Fast);

        Assert.Equal(2, model.Calls);
        Assert.Equal(0.25, model.ErrorRate);
        Assert.Equal(3, model.Answer!.Mean);
        Assert.Equal(1, model.Answer.Quantile(0.33), 0.02);
        Assert.Equal(4, model.Answer.Quantile(0.34), 0.08);
    }

    [Fact]
    public void Refresh_FiveMinutesLater_HasForgotten()
    {
        _board.Call(Calls.Fast, Calls.Stream());
        _time.Advance(290);
        Assert.NotNull(_board.Alone().Find(Calls.Fast.QualifiedName));

        _time.Advance(10);
        Assert.Null(_board.Alone().Find(Calls.Fast.QualifiedName));
        Assert.Null(_board.Current.OutputTokens("auto", TaskKind.Code));
    }

    [Fact]
    public void StickyModel_PrefixServedTwice_IsTheNewestForAsLongAsAsked()
    {
        _board.Call(Calls.Fast, Calls.Stream(prefix: 7));
        _time.Advance(30);
        _board.Call(Calls.Slow, Calls.Stream(prefix: 7));
        _time.Advance(30);

        var view = _board.Alone();

        Assert.Equal(Calls.Slow.QualifiedName, view.StickyModel(7, _time.Now, TimeSpan.FromSeconds(30)));
        Assert.Null(view.StickyModel(7, _time.Now, TimeSpan.FromSeconds(29)));
        Assert.Null(view.StickyModel(8, _time.Now, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void StickyModel_MorePrefixesThanKept_ForgetsTheLeastRecentlyServed()
    {
        for (ulong prefix = 0; prefix < PrefixTable.Capacity; prefix++)
        {
            _board.Call(Calls.Fast, Calls.Stream(prefix: prefix));
            _time.Advance(0.001);
        }

        _board.Call(Calls.Slow, Calls.Stream(prefix: 0));
        _board.Call(Calls.Fast, Calls.Stream(prefix: ulong.MaxValue));

        var view = _board.Alone();
        Assert.Equal(PrefixTable.Capacity, view.Prefixes.Count);
        Assert.Equal(Calls.Slow.QualifiedName, view.StickyModel(0, _time.Now, TimeSpan.FromMinutes(5)));
        Assert.Null(view.StickyModel(1, _time.Now, TimeSpan.FromMinutes(5)));
        Assert.NotNull(view.StickyModel(2, _time.Now, TimeSpan.FromMinutes(5)));
        Assert.NotNull(view.StickyModel(ulong.MaxValue, _time.Now, TimeSpan.FromMinutes(5)));
    }

    [Theory]
    [InlineData(-3600)]
    [InlineData(-300)]
    [InlineData(-31)]
    [InlineData(3600)]
    [InlineData(300)]
    [InlineData(1e9)]
    [InlineData(-1.7e9)]
    public void Refresh_ClockJumps_ForgetsWhatHasNoPlaceAndGoesOn(double seconds)
    {
        _board.Call(Calls.Fast, Calls.Stream(prefix: 7));
        _time.Advance(seconds);

        // Where the clock was ahead, the old values must not come back as new ones when it gets there again.
        Assert.Equal(Math.Abs(seconds) < 40, _board.Alone().Find(Calls.Fast.QualifiedName) is not null);
        _board.Call(Calls.Slow, Calls.Stream(prefix: 7));
        Assert.Equal(1, _board.Alone().Of(Calls.Slow).Calls);
        Assert.Equal(Calls.Slow.QualifiedName, _board.Current.StickyModel(7, _time.Now, TimeSpan.FromMinutes(5)));

        _time.Advance(-seconds);
        Assert.Equal(Math.Abs(seconds) < 40 ? 1 : null, _board.Alone().Find(Calls.Fast.QualifiedName)?.Calls);
    }

    [Fact]
    public async Task EndCall_FromManyThreads_LosesNothing()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (int i = 0; i < 5_000; i++)
            {
                _board.Call(i % 2 == 0 ? Calls.Fast : Calls.Slow, Calls.Stream(prefix: (ulong)(thread + i)));
                if (i % 500 == 0)
                {
                    _board.Refresh([]);
                }
            }
        })));

        var view = _board.Alone();
        Assert.Equal(10_000, view.Of(Calls.Fast).Calls);
        Assert.Equal(10_000, view.Of(Calls.Slow).FirstToken!.Count);
        Assert.Equal(0, view.Of(Calls.Slow).InFlight);
    }
}
