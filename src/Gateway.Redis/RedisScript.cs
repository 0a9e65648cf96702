using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Redis;

/// <summary>A Lua script. All keys that it touches must be passed to it as keys and share a hash tag, so that it runs on a cluster.</summary>
public sealed class RedisScript
{
    private RedisScript(string text)
    {
        Text = text;

        // SHA-1 is what Redis names scripts by.
        Sha = Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(text)));
    }

    public string Text { get; }

    /// <summary>The name that Redis gives it, in hexadecimal.</summary>
    public string Sha { get; }

    /// <param name="assembly">The assembly with the script in it.</param>
    /// <param name="resource">The resource's name.</param>
    /// <exception cref="InvalidOperationException">There is no such resource.</exception>
    public static RedisScript FromResource(Assembly assembly, string resource)
    {
        using var stream = assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The assembly {assembly.GetName().Name} holds no resource '{resource}'. Build it from an unchanged checkout.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return new RedisScript(reader.ReadToEnd());
    }
}
