using System.Net;
using Gateway.IntegrationTests.Operations;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Keys;

/// <summary><c>gateway keys</c> by real processes, against a running gateway.</summary>
public sealed class KeyCommandTests : IAsyncLifetime
{
    private FakeProvider _provider = null!;
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _provider = await FakeProvider.StartAsync();
        _gateway = await KeyApi.StartAsync(_provider);
    }

    [Fact]
    public async Task Keys_CreateListRotateRevoke_DoWhatTheySay()
    {
        var (code, output, _) = await RunAsync("create", "cli", "--team", "red", "--models", "fake/echo,auto", "--url", _gateway.BaseUrl.ToString());
        Assert.Equal(0, code);
        var first = KeyIn(output);
        Assert.Equal(HttpStatusCode.OK, await _gateway.StatusAsync(first));

        (code, output, _) = await RunAsync("list", "--url", _gateway.BaseUrl.ToString());
        Assert.Equal(0, code);
        Assert.Matches(@"cli\s+managed\s+active\s+-\s+red\s+-\s+auto,fake/echo\s+false", output);
        Assert.Matches(@"operator\s+file\s+active", output);
        Assert.DoesNotContain(first, output, StringComparison.Ordinal);

        (code, output, _) = await RunAsync("rotate", "cli", "--overlap-seconds", "0", "--url", _gateway.BaseUrl.ToString());
        Assert.Equal(0, code);
        var second = KeyIn(output);
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (await _gateway.StatusAsync(first), await _gateway.StatusAsync(second)));

        (code, output, _) = await RunAsync("revoke", "cli", "--url", _gateway.BaseUrl.ToString());
        Assert.Equal(0, code);
        Assert.Contains("'cli' is revoked since", output, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, await _gateway.StatusAsync(second));
    }

    [Fact]
    public async Task Keys_WhatTheGatewayRefuses_IsSaidInItsWordsAndFails()
    {
        var (code, _, error) = await RunAsync("revoke", "nobody", "--url", _gateway.BaseUrl.ToString());
        Assert.Equal(1, code);
        Assert.Contains("404: No managed key has this id", error, StringComparison.Ordinal);

        (code, _, error) = await RunAsync("list", "--url", $"http://127.0.0.1:{TestPorts.Unused()}");
        Assert.Equal(1, code);
        Assert.NotEmpty(error);
    }

    [Fact]
    public async Task KeysCreate_WithoutUrl_PrintsAnEntryWithItsFieldsThatLoads()
    {
        var (code, output, _) = await RunAsync("create", "offline", "--team", "a \"b\": c", "--models", "auto", "--expires", "2099-01-01T00:00:00Z", "--admin");
        Assert.Equal(0, code);
        var entry = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        await using var gateway = await KeyApi.StartAsync(_provider, configure: setup => setup.KeysYaml = $"keys:\n{entry}\n");
        var listed = (await gateway.SendAsync(HttpMethod.Get, KeyApi.Admin, KeyIn(output))).OkJson.GetProperty("keys")[0];
        Assert.Equal("a \"b\": c", listed.GetProperty("team").GetString());
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _provider.DisposeAsync();
    }

    private static string KeyIn(string output) => output.Split('\n')[0].Trim().Split(' ')[^1];

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var folder = new TempFolder();
        await using var process = GatewayProcess.Start(["keys", .. arguments], folder.Path, new Dictionary<string, string> { ["GATEWAY_ADMIN_KEY"] = KeyApi.Operator.Key });
        var exitCode = await process.WaitForExitAsync();
        return (exitCode, process.Output, process.Error);
    }
}
