namespace Gateway.Policies.Tests.Validation;

public sealed class SecrecyTests
{
    [Theory]
    [InlineData("apiKey: sk-hunter2")]
    [InlineData("apiKey: Bearer ${KEY} hunter2")]
    [InlineData("apiKey: \"${KEY} hunter2\"")]
    [InlineData("apiKey: *hunter2")]
    [InlineData("apiKey: &hunter2 x")]
    [InlineData("apiKey: [ hunter2 ]")]
    [InlineData("apiKey: { hunter2: hunter2 }")]
    [InlineData("apiKey: \"hunter2")]
    [InlineData("apiKey: hunter2: hunter2")]
    [InlineData("apiKey: ${hunter2-}")]
    [InlineData("headers: { X-A: \"${KEY}\\n\" }")]
    [InlineData("headers: { x-api-key: hunter2 }")]
    [InlineData("tls: { caFile: \"${KEY}\" }")]
    [InlineData("baseUrl: ${KEY}")]
    public void Load_SecretInAWrongPlace_IsNotInTheErrors(string line)
    {
        using var folder = new PolicyFolder($$"""
            providers:
              local:
                dialect: openai
                {{line}}
                models: { demo: { contextWindow: 1 } }
            """);
        folder.Environment["KEY"] = "hunter2";

        var errors = folder.Load().Errors;

        Assert.NotEmpty(errors);
        Assert.All(errors, error => Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void ToString_OfEverythingThatHoldsASecret_DoesNotShowIt()
    {
        using var folder = FullPolicies.Folder();
        var snapshot = folder.LoadValid();
        var upstream = snapshot.FindProvider("openai")!.Upstream!;

        string[] shown =
        [
            snapshot.ToString(), snapshot.FindProvider("openai")!.ToString(), upstream.ToString(), upstream.ApiKey.ToString()!,
            string.Concat(upstream.Headers), System.Text.Json.JsonSerializer.Serialize(upstream),
        ];

        Assert.All(shown, text => Assert.DoesNotContain("sk-top-secret", text, StringComparison.Ordinal));
        Assert.All(shown, text => Assert.DoesNotContain("org-123", text, StringComparison.Ordinal));
        Assert.Equal("***", upstream.ApiKey.ToString());
    }
}
