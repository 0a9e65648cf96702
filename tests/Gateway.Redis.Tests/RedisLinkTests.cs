using System.Net;
using System.Net.Sockets;
using Gateway.Testing;
using Xunit;

namespace Gateway.Redis.Tests;

/// <summary>The link over a real Redis, which is killed, stopped, restarted and withheld.</summary>
public sealed class RedisLinkTests
{
    /// <summary>The limit of a call is 0.5 s here; the rest is for a busy machine.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(4);

    [Fact]
    public async Task Run_Script_IsLoadedOnceAndAgainWhenRedisForgotIt()
    {
        await using var server = await RedisServer.StartAsync();
        await using var link = Link(server.Configuration);
        Assert.False(link.Status.IsUp);

        Assert.Equal(2, await link.AddAsync(2));
        Assert.Equal(5, await link.AddAsync(3));
        Assert.Equal("1", await server.CliAsync("SCRIPT", "EXISTS", Scripts.Add.Sha));
        await server.CliAsync("SCRIPT", "FLUSH");
        Assert.Equal(9, await link.AddAsync(4));

        Assert.Equal("9", await server.CliAsync("GET", "gateway:{tests}:sum"));
        Assert.Equal(new RedisLinkStatus(IsUp: true, Problem: null), link.Status);
    }

    [Fact]
    public async Task Run_ReplyOfAnyShape_IsReadable()
    {
        await using var server = await RedisServer.StartAsync();
        await using var link = Link(server.Configuration);
        byte[] bytes = [0, 255, 13, 10, 128];

        var items = (await link.RunAsync(Scripts.Shapes, ["{tests}:none"], [bytes])).Items;

        Assert.True(items[0].IsNil);
        Assert.Equal(42, items[1].Integer);
        Assert.Equal("text", items[2].Text);
        Assert.Equal(bytes, Assert.Single(items[3].Items).Bytes);
    }

    [Fact]
    public async Task Run_ScriptWithAFault_IsRefusedAndTheNextCallGoesThrough()
    {
        await using var server = await RedisServer.StartAsync();
        await using var link = Link(server.Configuration);

        var exception = await Assert.ThrowsAsync<RedisCallException>(() => link.RunAsync(Scripts.Broken, ["{tests}:none"], []));

        Assert.Equal(RedisCallFailure.Refused, exception.Failure);
        Assert.False(link.Status.IsUp);
        Assert.Equal(1, await link.AddAsync(1));
        Assert.True(link.Status.IsUp);
    }

    [Fact]
    public async Task Run_FromManyTasks_EachIsCarriedOutOnce()
    {
        await using var server = await RedisServer.StartAsync();
        await using var link = Link(server.Configuration, seconds: 10);

        await Task.WhenAll(Enumerable.Range(0, 64).Select(async _ =>
        {
            for (int i = 0; i < 50; i++)
            {
                await link.AddAsync(1);
            }
        }));

        Assert.Equal(3_200, await link.AddAsync(0));
    }

    [Fact]
    public async Task Run_RedisKilledAndRestarted_FailsInTimeAndRecovers()
    {
        await using var server = await RedisServer.StartAsync();
        await using var link = Link(server.Configuration);
        await link.AddAsync(1);

        await server.KillAsync();
        await AssertFailsInTimeAsync(link);
        await AssertFailsAtOnceWhileDownAsync(link);

        await server.RestartAsync();
        await AssertRecoversAsync(link);
    }

    [Theory]
    [InlineData(1.5)]
    [InlineData(7)]
    public async Task Run_RedisStopped_FailsInTimeAndRecovers(double seconds)
    {
        await using var server = await RedisServer.StartAsync();
        await using var link = Link(server.Configuration);
        await link.AddAsync(1);

        await server.PauseAsync();
        var exception = await AssertFailsInTimeAsync(link);
        Assert.Equal(RedisCallFailure.Unknown, exception.Failure);
        await AssertFailsAtOnceWhileDownAsync(link);
        long start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start).TotalSeconds < seconds)
        {
            await AssertFailsInTimeAsync(link);
            await Task.Delay(50);
        }

        await server.ContinueAsync();
        await AssertRecoversAsync(link);
    }

    [Fact]
    public async Task Run_RedisStartsLater_FailsInTimeAndConnectsThen()
    {
        await using var server = await RedisServer.StartAsync();
        await server.KillAsync();
        await using var link = Link(server.Configuration);
        var exception = await AssertFailsInTimeAsync(link);
        Assert.Equal(RedisCallFailure.NotSent, exception.Failure);

        await server.RestartAsync();
        await AssertRecoversAsync(link);
    }

    [Fact]
    public async Task Run_ServerThatNeverAnswers_FailsInTime()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var link = Link($"127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}");

        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(RedisCallFailure.NotSent, (await AssertFailsInTimeAsync(link)).Failure);
        }
    }

    [Fact]
    public async Task Run_CallerGivesUp_IsCancelledAndSaysNothingAboutRedis()
    {
        await using var server = await RedisServer.StartAsync();
        await using var link = Link(server.Configuration, seconds: 30);
        await link.AddAsync(1);
        await server.PauseAsync();
        using var giveUp = new CancellationTokenSource();
        var call = link.AddAsync(1, giveUp.Token);

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(Bound));
        Assert.True(link.Status.IsUp);
        await server.ContinueAsync();
        Assert.InRange(await link.AddAsync(1), 2, 3);
    }

    [Theory]
    [InlineData("s3cret-w0rd", true)]
    [InlineData("wr0ng-w0rd", false)]
    [InlineData(null, false)]
    public async Task Run_ServerWithAPassword_TakesTheRightOneAndNoMessageHoldsIt(string? password, bool works)
    {
        await using var server = await RedisServer.StartAsync("--requirepass", "s3cret-w0rd");
        var options = Options(password is null ? server.Address : $"{server.Address},password={password}");
        await using var link = new RedisLink(options, TimeProvider.System);

        if (works)
        {
            Assert.Equal(1, await link.AddAsync(1));
        }
        else
        {
            var exception = await Assert.ThrowsAsync<RedisCallException>(() => link.AddAsync(1).WaitAsync(Bound));
            Assert.DoesNotContain("w0rd", exception.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain("w0rd", link.Status.ToString(), StringComparison.Ordinal);
        }

        Assert.Equal(works, link.Status.IsUp);
        Assert.DoesNotContain("w0rd", options.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(",user=some,password=s3cret-w0rd", null)]
    [InlineData(",user=open", null)]
    [InlineData(",user=some,password=wr0ng-w0rd", "Redis does not take the user with this password.")]
    [InlineData(",user=nobody,password=s3cret-w0rd", "Redis does not take the user with this password.")]
    [InlineData(",password=s3cret-w0rd", "Redis does not take the password.")]
    public async Task Run_ServerWithUsers_SignsInAsTheOneThatIsNamed(string credentials, string? problem)
    {
        await using var server = await RedisServer.StartAsync();
        await server.CliAsync("ACL", "SETUSER", "some", "on", ">s3cret-w0rd", "~*", "&*", "+@all");
        await server.CliAsync("ACL", "SETUSER", "open", "on", "nopass", "~*", "&*", "+@all");
        await server.CliAsync("ACL", "SETUSER", "default", "off");
        await using var link = new RedisLink(Options(server.Address + credentials), TimeProvider.System);
        var heard = new TaskCompletionSource();
        link.Subscribe("news", () => heard.TrySetResult());

        if (problem is null)
        {
            Assert.Equal(1, await link.AddAsync(1));
            await heard.Task.WaitAsync(Wait.DefaultTimeout);
        }
        else
        {
            var exception = await Assert.ThrowsAsync<RedisCallException>(() => link.AddAsync(1).WaitAsync(Bound));
            Assert.Equal(problem, exception.Message);
            Assert.DoesNotContain("w0rd", exception.ToString(), StringComparison.Ordinal);
            Assert.False(heard.Task.IsCompleted);
        }
    }

    [Fact]
    public async Task Run_ClusterOfTwoNodes_FollowsTheKeysToTheirNode()
    {
        await using var first = await RedisServer.StartAsync("--cluster-enabled", "yes");
        await using var second = await RedisServer.StartAsync("--cluster-enabled", "yes");
        await first.CliAsync("CLUSTER", "ADDSLOTSRANGE", "0", "8191");
        await second.CliAsync("CLUSTER", "ADDSLOTSRANGE", "8192", "16383");
        await first.CliAsync("CLUSTER", "MEET", "127.0.0.1", $"{second.Port}");
        await Wait.UntilAsync(
            async () => (await first.CliAsync("CLUSTER", "INFO")).Contains("cluster_state:ok", StringComparison.Ordinal)
                && (await second.CliAsync("CLUSTER", "INFO")).Contains("cluster_state:ok", StringComparison.Ordinal),
            TimeSpan.FromSeconds(30));
        await using var link = Link(first.Configuration, seconds: 5);

        for (int i = 0; i < 8; i++)
        {
            var sum = await link.RunAsync(Scripts.Add, [$"{{tests-{i}}}:sum"], [i]);
            Assert.Equal(i, sum.Integer);
        }

        Assert.NotEqual("0", await first.CliAsync("DBSIZE"));
        Assert.NotEqual("0", await second.CliAsync("DBSIZE"));
    }

    [Fact]
    public async Task Dispose_WhileRedisIsStopped_Ends()
    {
        await using var server = await RedisServer.StartAsync();
        var link = Link(server.Configuration);
        await link.AddAsync(1);
        await server.PauseAsync();

        await link.DisposeAsync().AsTask().WaitAsync(Bound);

        await Assert.ThrowsAsync<RedisCallException>(() => link.AddAsync(1));
    }

    private static RedisLink Link(string configuration, double seconds = 0.5) =>
        new(Options(configuration) with { TimeoutSeconds = seconds }, TimeProvider.System);

    [Fact]
    public async Task Subscribe_MessagesOfOthers_AreHeardAlsoAfterRedisWasRestarted()
    {
        await using var server = await RedisServer.StartAsync();
        await using var link = new RedisLink(Options(server.Configuration), TimeProvider.System);
        int early = 0, late = 0;
        link.Subscribe("news", () => Interlocked.Increment(ref early));
        await link.AddAsync(1);
        link.Subscribe("news", () => Interlocked.Increment(ref late));
        await Wait.UntilAsync(async () => await server.CliAsync("PUBLISH", "gateway:news", "x") == "1" && Volatile.Read(ref early) > 0 && Volatile.Read(ref late) > 0);

        await server.KillAsync();
        await server.RestartAsync();
        await AssertRecoversAsync(link);
        Volatile.Write(ref early, 0);
        await Wait.UntilAsync(async () => await server.CliAsync("PUBLISH", "gateway:news", "x") == "1" && Volatile.Read(ref early) > 0, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Subscribe_MessagesThatMayHaveBeenMissed_AreAsGoodAsHeard()
    {
        await using var server = await RedisServer.StartAsync();
        await using var link = new RedisLink(Options(server.Configuration), TimeProvider.System);
        int first = 0, second = 0;

        // Nobody publishes: what another replica said before the subscription stood is not sent again.
        link.Subscribe("news", () => Interlocked.Increment(ref first));
        link.Subscribe("more", () => Interlocked.Increment(ref second));
        await Wait.UntilAsync(() => Volatile.Read(ref first) > 0 && Volatile.Read(ref second) > 0);
        Assert.Equal("1", await server.CliAsync("PUBLISH", "gateway:news", "x"));
        Assert.Equal("1", await server.CliAsync("PUBLISH", "gateway:more", "x"));

        // What was said before it stood again, neither.
        for (int i = 0; i < 3; i++)
        {
            await Wait.UntilAsync(async () => await server.CliAsync("PUBSUB", "NUMSUB", "gateway:news", "gateway:more") == "gateway:news\n1\ngateway:more\n1");
            (first, second) = (0, 0);
            Assert.Equal("1", await server.CliAsync("CLIENT", "KILL", "TYPE", "pubsub"));
            await Wait.UntilAsync(() => Volatile.Read(ref first) > 0 && Volatile.Read(ref second) > 0, TimeSpan.FromSeconds(30));
        }
    }

    private static RedisOptions Options(string configuration)
    {
        var options = new RedisOptions { Configuration = configuration };
        Assert.Empty(options.Validate());
        return options;
    }

    private static Task<RedisCallException> AssertFailsInTimeAsync(RedisLink link) =>
        Assert.ThrowsAsync<RedisCallException>(() => link.AddAsync(1).WaitAsync(Bound));

    /// <summary>Of calls in a row, most must not have been tried.</summary>
    private static async Task AssertFailsAtOnceWhileDownAsync(RedisLink link)
    {
        int refused = 0;
        for (int i = 0; i < 20; i++)
        {
            var call = link.AddAsync(1);
            refused += call.IsFaulted ? 1 : 0;
            await Assert.ThrowsAsync<RedisCallException>(() => call);
        }

        Assert.False(link.Status.IsUp);
        Assert.InRange(refused, 10, 20);
    }

    private static Task AssertRecoversAsync(RedisLink link) => Wait.UntilAsync(
        async () =>
        {
            try
            {
                await link.AddAsync(1);
                return link.Status.IsUp;
            }
            catch (RedisCallException)
            {
                return false;
            }
        },
        TimeSpan.FromSeconds(20));
}
