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
    /// <param name="resources">The names of the resources that it is made of, one behind the other.</param>
    /// <exception cref="InvalidOperationException">There is no such resource.</exception>
    public static RedisScript FromResource(Assembly assembly, params ReadOnlySpan<string> resources)
    {
        var text = new StringBuilder();
        foreach (string resource in resources)
        {
            text.Append(Read(assembly, resource));
        }

        return new RedisScript(text.ToString());
    }

    private static string Read(Assembly assembly, string resource)
    {
        using var stream = assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The assembly {assembly.GetName().Name} holds no resource '{resource}'. Build it from an unchanged checkout.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
