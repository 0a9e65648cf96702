using System.Net;
using Gateway.Contracts.Errors;
using Gateway.Hosting;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.Policies;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Operations;

/// <summary>Where the gateway listens: without keys nowhere but on this machine, whatever the configuration says.</summary>
public sealed class ListenTests
{
    [Theory]
    [InlineData("http://0.0.0.0:8080", "http://127.0.0.1:8080")]
    [InlineData("http://*:8080", "http://127.0.0.1:8080")]
    [InlineData("http://+:80", "http://127.0.0.1:80")]
    [InlineData("http://[::]:8080", "http://127.0.0.1:8080")]
    [InlineData("http://192.168.0.7:8080;http://10.0.0.1:8080", "http://127.0.0.1:8080")]
    [InlineData("http://gateway.example:8080", "http://127.0.0.1:8080")]
    [InlineData("http://localhost.evil.example:8080", "http://127.0.0.1:8080")]
    [InlineData("http://127.0.0.1:8080;https://0.0.0.0:8443", "http://127.0.0.1:8080;https://127.0.0.1:8443")]
    public void From_NoKeysAndAnOpenAddress_IsNarrowedToLoopback(string configured, string expected)
    {
        var listening = ListenAddresses.From(configured, hasKeys: false);
        Assert.Equal(expected.Split(';'), listening.Urls);
        Assert.True(listening.IsLoopbackOnly);
        Assert.True(listening.WasNarrowed);
    }

    [Theory]
    [InlineData("http://127.0.0.1:8080")]
    [InlineData("http://localhost:8080")]
    [InlineData("http://[::1]:8080")]
    [InlineData("http://127.9.9.9:0")]
    public void From_NoKeysAndALoopbackAddress_IsKept(string configured)
    {
        var listening = ListenAddresses.From(configured, hasKeys: false);
        Assert.Equal([configured], listening.Urls);
        Assert.True(listening.IsLoopbackOnly);
        Assert.False(listening.WasNarrowed);
    }

    [Fact]
    public void From_Keys_IsWhatIsConfigured()
    {
        var listening = ListenAddresses.From(" http://0.0.0.0:8080 ; http://127.0.0.1:8081 ;", hasKeys: true);
        Assert.Equal(["http://0.0.0.0:8080", "http://127.0.0.1:8081"], listening.Urls);
        Assert.False(listening.IsLoopbackOnly);
        Assert.True(ListenAddresses.From("http://localhost:1", hasKeys: true).IsLoopbackOnly);
    }

    [Theory]
    [InlineData("8080")]
    [InlineData("127.0.0.1:8080")]
    [InlineData("ftp://127.0.0.1:21")]
    [InlineData("http://127.0.0.1:99999")]
    [InlineData("http://127.0.0.1:8080/base")]
    [InlineData("http://unix:/tmp/gateway.sock")]
    [InlineData("http://")]
    [InlineData(";")]
    public void From_NoAddress_NamesTheSettingAndShowsOne(string configured)
    {
        var error = Assert.Single(Assert.Throws<StartException>(() => ListenAddresses.From(configured, hasKeys: true)).Errors);
        Assert.StartsWith("Gateway:Urls: ", error, StringComparison.Ordinal);
        Assert.Contains("http://127.0.0.1:8080", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_OpenAddressWithoutKeys_ListensOnLoopbackAndSaysSo()
    {
        await using var provider = await FakeProvider.StartAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(setup =>
        {
            FrontDoorGateway.UseProvider(setup, provider);
            setup.Settings["Gateway:Urls"] = "http://0.0.0.0:0";
        });
        Assert.Equal("127.0.0.1", gateway.BaseUrl.Host);
        Assert.Contains(gateway.Log, line => line.StartsWith("Warning", StringComparison.Ordinal)
            && line.Contains("No virtual keys", StringComparison.Ordinal) && line.Contains("although another address is configured", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_AddressesInTheServersOwnSection_AreRefused()
    {
        await using var provider = await FakeProvider.StartAsync();
        var exception = await Assert.ThrowsAsync<StartException>(() => GatewayUnderTest.StartAsync(setup =>
        {
            FrontDoorGateway.UseProvider(setup, provider);
            setup.Settings["Kestrel:Endpoints:Open:Url"] = "http://0.0.0.0:0";
        }));
        Assert.Contains("Gateway:Urls", Assert.Single(exception.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_LastKeyRemovedWhileListeningForOthers_StaysClosed()
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Fixture("chat-completion.json"));
        var (key, sha256) = VirtualKeyGenerator.Create();
        await using var gateway = await GatewayUnderTest.StartAsync(setup =>
        {
            FrontDoorGateway.UseProvider(setup, provider);
            setup.KeysYaml = $"keys: [ {{ id: only, sha256: {sha256} }} ]";
            setup.Settings["Gateway:Urls"] = "http://0.0.0.0:0";
        });
        Assert.Equal("0.0.0.0", gateway.BaseUrl.Host);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{gateway.BaseUrl.Port}/") };
        (await client.ChatAsync(FrontDoorGateway.GoodBody)).ShouldBe(ErrorCode.CallerMissingKey);

        File.Delete(Path.Combine(gateway.PoliciesFolder, "keys.yaml"));
        await Wait.UntilAsync(async () => (await client.GetAnswerAsync("health/ready")).Json.GetProperty("policies").GetProperty("version").GetInt32() == 2);

        (await client.ChatAsync(FrontDoorGateway.GoodBody)).ShouldBe(ErrorCode.PolicyKeyRequired);
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        (await client.ChatAsync(FrontDoorGateway.GoodBody)).ShouldBe(ErrorCode.PolicyKeyRequired);
        (await client.GetAnswerAsync("v1/models")).ShouldBe(ErrorCode.PolicyKeyRequired);
        Assert.Empty(provider.Requests);
    }

    [Fact]
    public async Task Post_FirstKeyAddedAtRunTime_ClosesTheDoorForOthers()
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Fixture("chat-completion.json"));
        var (key, sha256) = VirtualKeyGenerator.Create();
        await using var gateway = await GatewayUnderTest.StartAsync(setup => FrontDoorGateway.UseProvider(setup, provider));
        Assert.Equal(HttpStatusCode.OK, (await gateway.Client.ChatAsync(FrontDoorGateway.GoodBody)).Status);

        await File.WriteAllTextAsync(Path.Combine(gateway.PoliciesFolder, "keys.yaml"), $"keys: [ {{ id: only, sha256: {sha256} }} ]");
        await Wait.UntilAsync(async () => (await gateway.Client.ChatAsync(FrontDoorGateway.GoodBody)).Status == HttpStatusCode.Unauthorized);

        gateway.Client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        Assert.Equal(HttpStatusCode.OK, (await gateway.Client.ChatAsync(FrontDoorGateway.GoodBody)).Status);
    }
}
