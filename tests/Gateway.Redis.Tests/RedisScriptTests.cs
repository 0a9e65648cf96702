using System.Reflection;
using Xunit;

namespace Gateway.Redis.Tests;

public sealed class RedisScriptTests
{
    [Fact]
    public void FromResource_Missing_NamesIt()
    {
        var exception = Assert.Throws<InvalidOperationException>(() => RedisScript.FromResource(Assembly.GetExecutingAssembly(), "nothing.lua"));

        Assert.Contains("nothing.lua", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sha_OfAScript_IsThatOfRedis() => Assert.Equal(40, Scripts.Add.Sha.Length);
}
