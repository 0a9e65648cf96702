using Gateway.Policies;
using Gateway.Webhooks;
using Xunit;

namespace Gateway.IntegrationTests.Webhooks;

public sealed class WebhookSignatureTests
{
    /// <summary>The example that the implementations of the specification are tested with.</summary>
    [Fact]
    public void Of_TheExampleOfStandardWebhooks_IsItsSignature() => Assert.Equal(
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        WebhookSignature.Of(
            new Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, """{"test": 2432232314}"""));

    [Fact]
    public void Of_SecretWithoutPrefix_IsTakenByItsBytes() => Assert.Equal(
        WebhookSignature.Of(new Secret("whsec_cGxhaW4="), "id", 1, "{}"), WebhookSignature.Of(new Secret("plain"), "id", 1, "{}"));
}
