using Gateway.Policies;

namespace Gateway.Providers;

/// <summary>The client's own connection, which one attempt at a time may answer through.</summary>
public interface IClientAnswer : IAnswerSink
{
    /// <summary>An attempt has a first token or a whole answer, and is about to deliver it.</summary>
    /// <param name="model">Who answers.</param>
    /// <param name="meter">What is measured of the answer.</param>
    /// <param name="attempts">How many calls were made so far, this one included.</param>
    void Claim(ModelCard model, AnswerMeter meter, int attempts);
}
