using System.Text;
using Gateway.Contracts.OpenAI;
using Gateway.Policies;
using Gateway.Providers.Faults;
using Gateway.Providers.Simulation;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Providers.Tests.Faults;

public sealed class FaultBoardTests
{
    private static readonly AttemptRequest Stream = Attempt("alpha", stream: true);
    private static readonly AttemptRequest Whole = Attempt("alpha", stream: false);
    private readonly VirtualTime _time = new();

    [Fact]
    public void Next_NothingInjected_IsNull() => Assert.Null(Board().Next(Whole));

    [Fact]
    public void Next_SeveralFaults_TheFirstThatMayStrikesDoes()
    {
        var board = Board();
        Inject(board, new Fault { Kind = FaultKind.Reset, Times = 2 });
        Inject(board, new Fault { Kind = FaultKind.Hang });

        Assert.Equal(
            [FaultKind.Reset, FaultKind.Reset, FaultKind.Hang],
            Enumerable.Range(0, 3).Select(_ => board.Next(Whole)!.Kind));
        Assert.Equal([2, 1], board.Active.Select(fault => fault.Struck));
    }

    [Theory]
    [InlineData("alpha", null, true)]
    [InlineData("alpha", "m", true)]
    [InlineData("alpha", "other", false)]
    [InlineData("beta", null, false)]
    public void Next_Target_IsStruckAlone(string provider, string? model, bool isStruck)
    {
        var board = Board();
        board.Inject(new FaultTarget(provider, model), new Fault { Kind = FaultKind.Reset }, duration: null);

        Assert.Equal(isStruck, board.Next(Whole) is not null);
    }

    [Fact]
    public void Next_FaultThatDoesNotShowInTheCall_IsNotCounted()
    {
        var board = Board();
        Inject(board, new Fault { Kind = FaultKind.NoDone });
        Inject(board, new Fault { Kind = FaultKind.RejectPrefill });

        Assert.Null(board.Next(Whole));
        Assert.Equal(FaultKind.NoDone, board.Next(Stream)!.Kind);
        Assert.Equal(FaultKind.RejectPrefill, board.Next(Whole with { Continuation = new Continuation("w1", 1, null) })!.Kind);
        Assert.Equal([1, 1], board.Active.Select(fault => fault.Struck));
    }

    [Fact]
    public async Task Next_Window_StrikesWithinItOnly()
    {
        var board = Board();
        Inject(board, new Fault { Kind = FaultKind.Reset, From = TimeSpan.FromSeconds(3), For = TimeSpan.FromSeconds(2) });
        List<bool> struck = [];
        await _time.RunAsync(async () =>
        {
            for (var second = 0; second < 7; second++)
            {
                struck.Add(board.Next(Whole) is not null);
                await Task.Delay(TimeSpan.FromSeconds(1), _time);
            }
        });

        Assert.Equal([false, false, false, true, true, false, false], struck);
    }

    [Fact]
    public void Next_Share_IsDrawnAlikeEachTime()
    {
        bool[] Draw()
        {
            var board = Board();
            Inject(board, new Fault { Kind = FaultKind.Reset, Share = 0.3 });
            return [.. Enumerable.Range(0, 1000).Select(_ => board.Next(Whole) is not null)];
        }

        var first = Draw();
        Assert.Equal(first, Draw());
        Assert.InRange(first.Count(struck => struck), 250, 350);
    }

    [Fact]
    public async Task Inject_WithDuration_EndsByItself()
    {
        using var board = Board();
        board.Inject(new FaultOrder(new FaultTarget("alpha", null), new Fault { Kind = FaultKind.Reset }, TimeSpan.FromSeconds(60)));
        await _time.RunAsync(() => Task.Delay(TimeSpan.FromSeconds(59), _time));
        Assert.Single(board.Active);
        await _time.RunAsync(() => Task.Delay(TimeSpan.FromSeconds(2), _time));
        Assert.Empty(board.Active);
        Assert.Null(board.Next(Whole));
    }

    [Fact]
    public void Remove_Fault_IsGoneOnce()
    {
        var board = Board();
        var fault = Inject(board, new Fault { Kind = FaultKind.Reset });

        Assert.True(board.Remove(fault.Id));
        Assert.False(board.Remove(fault.Id));
        Assert.Null(board.Next(Whole));
    }

    [Fact]
    public void Next_ManyThreads_NeverStrikesMoreOftenThanAllowed()
    {
        var board = Board();
        Inject(board, new Fault { Kind = FaultKind.Reset, Times = 100 });
        var struck = 0;
        Parallel.For(0, 10_000, _ =>
        {
            if (board.Next(Whole) is not null)
            {
                Interlocked.Increment(ref struck);
            }
        });

        Assert.Equal(100, struck);
    }

    [Fact]
    public void Send_NothingInjected_AllocatesNothing()
    {
        var client = new FaultInjectingClient(new Done(), Board(), _time);
        var meter = new AnswerMeter(_time, 1);
        using var sink = new SimulatedClient(_time);
        client.SendAsync(Whole, sink, meter, CancellationToken.None);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var call = 0; call < 1000; call++)
        {
            client.SendAsync(Whole, sink, meter, CancellationToken.None);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static AttemptRequest Attempt(string provider, bool stream)
    {
        var model = Scene.Model(provider);
        return new AttemptRequest
        {
            RequestId = "1",
            Provider = new ProviderDefinition { Name = provider, Dialect = ProviderDialect.OpenAI, Models = [model] },
            Model = model,
            Request = OpenAIRequestReader.Read(OpenAIEndpoint.ChatCompletions, Encoding.UTF8.GetBytes(
                $$"""{"model":"m","stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"Hi"}]}""")),
            ClientHeaders = new HeaderDictionary(),
        };
    }

    private static ActiveFault Inject(FaultBoard board, Fault fault) => board.Inject(new FaultTarget("alpha", null), fault, duration: null);

    private FaultBoard Board() => new(_time, NullLogger<FaultBoard>.Instance);

    private sealed class Done : IProviderClient
    {
        private static readonly Task<AttemptFailure?> Result = Task.FromResult<AttemptFailure?>(null);

        public ProviderDialect Dialect => ProviderDialect.OpenAI;

        public Task<AttemptFailure?> SendAsync(AttemptRequest attempt, IAnswerSink sink, AnswerMeter meter, CancellationToken cancellationToken) => Result;
    }
}
