using System.Text.Json;

namespace Gateway.Policies.Tests.Keys;

public sealed class KeyOrderReaderTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Read_EveryField_IsInTheKey()
    {
        var (key, errors) = Read(
            """{"id":"search","organization":"acme","team":"search","project":"p","user":"u","models":["auto"],"expires":"2027-01-01T00:00:00+01:00","admin":true,"role":"finance","priority":"high"}""");

        Assert.Empty(errors);
        Assert.Equal(("search", "acme", "search", "p", "u"), (key!.Id, key.Organization, key.Team, key.Project, key.User));
        Assert.Equal(["auto"], key.Models!);
        Assert.Equal((new DateTimeOffset(2026, 12, 31, 23, 0, 0, TimeSpan.Zero), true, ReportRole.Finance, RequestPriority.High), (key.Expires, key.IsAdmin, key.Role, key.Priority));
    }

    [Theory]
    [InlineData("[]", "")]
    [InlineData("{}", "id")]
    [InlineData("""{"id":7,"sha256":"a"}""", "sha256")]
    [InlineData("""{"id":"gw-x"}""", "id")]
    [InlineData("""{"id":"a","expires":"2026-11-27T12:00:00Z"}""", "expires")]
    [InlineData("""{"id":"a","role":"team"}""", "role")]
    [InlineData("""{"id":"a","priority":"urgent"}""", "priority")]
    [InlineData("""{"id":"a","team":null}""", "team")]
    [InlineData("""{"id":"a","models":["no"]}""", "models[0]")]
    public void Read_WhatCannotBe_IsNamed(string json, string field)
    {
        var (key, errors) = Read(json);
        Assert.Null(key);
        Assert.Contains(errors, error => error.Key == field);
        Assert.DoesNotContain(errors, error => error.ToString().Contains("gw-x", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("organization")]
    [InlineData("team")]
    [InlineData("project")]
    [InlineData("user")]
    public void Read_LongName_IsRefusedAndNotRepeated(string field)
    {
        Assert.Empty(Read($$"""{"id":"a","{{field}}":"{{new string('x', 256)}}"}""").Errors);

        var error = Assert.Single(Read($$"""{"id":"a","{{field}}":"{{new string('x', 257)}}"}""").Errors);

        Assert.Equal((field, "The name is longer than 256 characters."), (error.Key, error.Message));
    }

    [Theory]
    [InlineData("{}", 86_400)]
    [InlineData("""{"overlapSeconds":0}""", 0)]
    [InlineData("""{"overlapSeconds":2592000}""", 2_592_000)]
    [InlineData("""{"overlapSeconds":3.6e3}""", 3_600)]
    public void ReadRotation_Overlap_IsInSeconds(string json, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), KeyRotationReader.Read(JsonElement.Parse(json)).Rotation!.Overlap);

    [Theory]
    [InlineData("""{"overlapSeconds":2592001}""")]
    [InlineData("""{"overlapSeconds":"1"}""")]
    [InlineData("""{"overlapSeconds":-1}""")]
    public void ReadRotation_WhatCannotBe_IsNamed(string json) => Assert.Equal("overlapSeconds", Assert.Single(KeyRotationReader.Read(JsonElement.Parse(json)).Errors).Key);

    [Fact]
    public void Of_KeysWithoutAFile_AreFoundByWhatIsPresented()
    {
        var (key, sha256) = VirtualKeyGenerator.Create();
        var keys = VirtualKeys.Of([(sha256, new VirtualKey { Id = "a" }), (sha256, new VirtualKey { Id = "b" })]);

        Assert.True(keys.TryFind(key, out var found));
        Assert.Equal("a", found.Id);
        Assert.False(keys.TryFind(sha256, out _));
        Assert.DoesNotContain(key, Assert.Throws<ArgumentException>(() => VirtualKeys.Of([(key, found)])).Message, StringComparison.Ordinal);
    }

    private static (VirtualKey? Key, IReadOnlyList<PolicyError> Errors) Read(string json)
    {
        using var folder = FullPolicies.Folder();
        var (key, errors) = KeyOrderReader.Read(JsonElement.Parse(json), folder.LoadValid(), Now);
        return (key, errors);
    }
}
