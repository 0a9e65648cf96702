using System.Reflection;

namespace Gateway.Redis.Tests;

/// <summary>The scripts of these tests.</summary>
internal static class Scripts
{
    /// <summary>Adds ARGV[1] to KEYS[1] and returns the sum.</summary>
    public static RedisScript Add { get; } = Read("add.lua");

    /// <summary>Returns nil, an integer, a text and ARGV[1], nested.</summary>
    public static RedisScript Shapes { get; } = Read("shapes.lua");

    /// <summary>Calls a command that does not exist.</summary>
    public static RedisScript Broken { get; } = Read("broken.lua");

    public static async Task<long> AddAsync(this RedisLink link, long value, CancellationToken cancellationToken = default) =>
        (await link.RunAsync(Add, ["{tests}:sum"], [value], cancellationToken)).Integer;

    private static RedisScript Read(string name) => RedisScript.FromResource(Assembly.GetExecutingAssembly(), $"Gateway.Redis.Tests.{name}");
}
