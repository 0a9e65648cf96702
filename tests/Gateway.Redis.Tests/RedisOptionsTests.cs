using Gateway.Testing;
using Xunit;

namespace Gateway.Redis.Tests;

public sealed class RedisOptionsTests
{
    [Theory]
    [InlineData("", false)]
    [InlineData("  ", false)]
    [InlineData("redis:6379", true)]
    [InlineData("a:7000,b:7001,password=s3cret,ssl=true,abortConnect=true", true)]
    public void Validate_GoodConfiguration_IsTaken(string configuration, bool isConfigured)
    {
        var options = new RedisOptions { Configuration = configuration };

        Assert.Empty(options.Validate());
        Assert.Equal(isConfigured, options.IsConfigured);
    }

    [Theory]
    [InlineData("redis:6379,nosuchoption=s3cret")]
    [InlineData("redis:6379,ssl=s3cret")]
    [InlineData("password=s3cret")]
    [InlineData(",")]
    public void Validate_UnreadableConfiguration_IsNamedWithoutShowingIt(string configuration)
    {
        var error = Assert.Single(new RedisOptions { Configuration = configuration }.Validate());

        Assert.StartsWith("Redis:Configuration: ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", error, StringComparison.Ordinal);
    }

    /// <summary>All tests with a Redis sign in as a user who may do this and no more.</summary>
    [Fact]
    public void Rights_ThatAreDocumented_AreThoseThatAreTested() => Assert.Contains(
        $"\nACL SETUSER gateway on >PASSWORD {RedisServer.Rights}\n",
        File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "features", "settings.md")),
        StringComparison.Ordinal);

    [Fact]
    public void Validate_EveryValueWrong_NamesEach()
    {
        var errors = new RedisOptions { Configuration = ",", KeyPrefix = "a{b}", TimeoutSeconds = double.NaN }.Validate();

        Assert.Equal(["Redis:Configuration", "Redis:KeyPrefix", "Redis:TimeoutSeconds"], errors.Select(error => error[..error.IndexOf(": ", StringComparison.Ordinal)]));
    }
}
