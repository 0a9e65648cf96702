using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Budgets;
using Gateway.IntegrationTests.ProviderPath;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Budgets;

/// <summary>Any requests at once, through two gateways on one Redis.</summary>
public sealed class RedisHistoryTests() : AnyHistoryTests(isRedis: true);

/// <summary>Any requests at once, through the gateway of an embedded store.</summary>
public sealed class EmbeddedHistoryTests() : AnyHistoryTests(isRedis: false);

/// <summary>Any requests at once: answered, refused, failing in every way, and left by their clients, while the gateways' clocks jump to and fro.</summary>
public abstract class AnyHistoryTests(bool isRedis) : IAsyncLifetime
{
    private const int Histories = 12;

    /// <summary>Nano-dollars: room for some ten requests at their most.</summary>
    private const long Limit = 1_200_000;

    private readonly ShiftedTime _time = new();
    private RedisServer? _redis;
    private FakeProvider _provider = null!;
    private BudgetScene[] _gateways = [];
    private int _histories;

    public enum Fate
    {
        Answered,
        AnsweredWithoutUsage,
        ServerError,
        RateLimited,
        Truncated,
        Reset,
        BrokenStream,
        LeftBeforeTheAnswer,
        LeftInTheMiddle,
    }

    private enum End
    {
        LetThrough,
        Refused,
        Left,
    }

    public async ValueTask InitializeAsync()
    {
        _redis = isRedis ? await RedisServer.StartAsync() : null;
        _provider = await FakeProvider.StartAsync();
        _provider.RespondWith(Script);
        var limits = $"  money: {{ tag: \"*\", usd: {(Limit / 1e9m).ToString(CultureInfo.InvariantCulture)}, per: lifetime }}\n  slots: {{ tag: \"*\", concurrency: 8 }}\n  tokens: {{ organization: acme, tokens: 100000000, per: lifetime }}";
        for (int i = 0; i < (isRedis ? 2 : 1); i++)
        {
            _gateways = [.. _gateways, await BudgetScene.StartAsync(limits, _redis, _provider, setup: setup =>
            {
                setup.Time = _time;
                setup.Settings["Ledger:Connection"] = BudgetScene.NoLedgerDatabase;
            })];
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in _gateways)
        {
            await gateway.DisposeAsync();
        }

        await _provider.DisposeAsync();
        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }
    }

    [Fact]
    public void Trap1_4_5_7_14_15_AnyHistory_LimitsHoldAndEveryRequestIsCountedOnce() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(Histories).WithStartSize(10).WithEndSize(40),
        Prop.ForAll(Arb.From(AnyRequest().ListOf()), requests => Task.Run(() => RunAsync([.. requests])).GetAwaiter().GetResult()));

    private static Gen<(int Gateway, string Caller, Fate Fate, int MaxTokens, int Jump)> AnyRequest() =>
        from gateway in Gen.Choose(0, 1)
        from caller in Gen.Elements("ada", "bob", "eve")
        from fate in Gen.Frequency((6, Gen.Constant(Fate.Answered)), (4, Gen.Elements(Enum.GetValues<Fate>())))
        from tokens in Gen.Choose(1, 10)
        from jump in Gen.Frequency((9, Gen.Constant(0)), (1, Gen.Choose(-90, 90)))
        select (gateway, caller, fate, tokens, jump);

    private async Task RunAsync(IReadOnlyList<(int Gateway, string Caller, Fate Fate, int MaxTokens, int Jump)> requests)
    {
        var tag = $"history-{_histories++}";
        var before = (await _gateways[0].LedgerAsync()).Count;
        var asked = _provider.Requests.Count;
        using var done = new CancellationTokenSource();
        var watching = WatchAsync(tag, done.Token);
        var ends = await Task.WhenAll(requests.Select(request => AskAsync(tag, request)));
        await Wait.UntilAsync(() => _gateways.All(gateway => TrapTests.Guard(gateway).Open == 0 && TrapTests.Guard(gateway).Pending == 0));
        await done.CancelAsync();
        await watching;

        // One entry for each request that was let through, answered or not. Who left at once may have left before that was decided.
        var ledger = (await _gateways[0].LedgerAsync()).Skip(before).ToList();
        Assert.InRange(ledger.Count, ends.Count(end => end == End.LetThrough), ends.Count(end => end != End.Refused));
        Assert.InRange(_provider.Requests.Count - asked, 0, ledger.Count);
        await SettleAgainAsync(ledger);
        var spent = await _gateways[^1].AssertBalancedAsync();
        Assert.InRange(spent.GetValueOrDefault(("money", tag)), 0, Limit);
        Assert.Equal(ledger.Sum(record => record.Entry.Cost), spent.GetValueOrDefault(("money", tag)));
    }

    /// <summary>A gateway that did not hear the store's answer sends it again.</summary>
    private async Task SettleAgainAsync(IEnumerable<LedgerRecord> ledger)
    {
        foreach (var record in ledger)
        {
            var reservation = new Reservation
            {
                RequestId = record.Entry.RequestId,
                Partition = BudgetScene.Organization,
                Lease = TimeSpan.FromMinutes(1),
                Charges = [.. record.Position.Charges.Select(charge => new Charge(charge.Counter, Limit, charge.Amount, true, DateTimeOffset.MaxValue))],
            };
            var again = await _gateways[0].Store.SettleAsync(Settlement.Of(reservation, record.Position.Charges.ToDictionary(charge => charge.Counter, charge => charge.Amount), record.Entry));
            Assert.True(again.IsRepeated);
        }
    }

    /// <summary>Looks all the while whether spent and held are within the limit.</summary>
    private async Task WatchAsync(string tag, CancellationToken done)
    {
        CounterId counter = new("money", tag, BudgetWindow.LifetimeId);
        while (!done.IsCancellationRequested)
        {
            var state = Assert.Single(await _gateways[0].Store.ReadAsync(BudgetScene.Organization, [counter], CancellationToken.None));
            Assert.True(state.Left(Limit) >= 0, $"{state} is above {Limit}.");
            await Task.Delay(2, CancellationToken.None);
        }
    }

    private async Task<End> AskAsync(string tag, (int Gateway, string Caller, Fate Fate, int MaxTokens, int Jump) request)
    {
        var isStream = request.Fate is Fate.BrokenStream or Fate.LeftInTheMiddle or Fate.AnsweredWithoutUsage;
        var body = new JsonObject
        {
            ["model"] = "auto",
            ["max_tokens"] = request.MaxTokens,
            ["stream"] = isStream,
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = request.Fate.ToString() }),
        };
        if (request.Jump != 0)
        {
            // In days: over the ends of all windows but a lifetime's.
            _time.Shift = TimeSpan.FromDays(request.Jump);
        }

        using var leaving = new CancellationTokenSource();
        try
        {
            if (request.Fate == Fate.LeftBeforeTheAnswer)
            {
                leaving.CancelAfter(100);
            }

            using var response = await _gateways[request.Gateway % _gateways.Length].StartAsync(
                body.ToJsonString(), request.Caller, headers: [("x-gateway-tags", tag)], cancellationToken: leaving.Token);
            if (request.Fate == Fate.LeftInTheMiddle && response.StatusCode == HttpStatusCode.OK)
            {
                await (await response.Content.ReadAsStreamAsync(leaving.Token)).ReadExactlyAsync(new byte[1], leaving.Token);
                return End.LetThrough;
            }

            await Delivered.ReadAsync(response);

            // A provider's own 429 comes with the route that was taken to it.
            return response.Headers.Contains("x-gateway-route") ? End.LetThrough : End.Refused;
        }
        catch (OperationCanceledException)
        {
            return End.Left;
        }
    }

    private static Reply Script(RecordedRequest request)
    {
        var tokens = (int)request.Json["max_tokens"]!;
        var words = ChatEvents.Text([.. Enumerable.Repeat("a ", tokens)]);
        return Enum.Parse<Fate>((string)request.Json["messages"]![0]!["content"]!) switch
        {
            Fate.AnsweredWithoutUsage => Reply.Stream(words),
            Fate.ServerError => Reply.Error(500, "no", "server_error"),
            Fate.RateLimited => Reply.RateLimited(),
            Fate.Truncated => Reply.TruncatedJson(BudgetScene.AnswerBody(10, tokens)),
            Fate.Reset => Reply.ResetBeforeHeaders(),
            Fate.BrokenStream => Reply.Stream(words, new StreamOptions { StopAfter = 2, End = StreamEnd.Reset }),
            Fate.LeftBeforeTheAnswer => Reply.Hang(),
            Fate.LeftInTheMiddle => Reply.Stream(words, new StreamOptions { EventDelay = TimeSpan.FromMilliseconds(50) }),
            _ => Reply.SlowHeaders(TimeSpan.FromMilliseconds(20), BudgetScene.Answer(10, tokens)),
        };
    }
}
