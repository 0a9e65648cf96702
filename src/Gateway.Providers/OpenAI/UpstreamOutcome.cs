using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;
using Gateway.Contracts.Errors;
using Gateway.Contracts.OpenAI;
using Gateway.Policies;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Providers.OpenAI;

/// <summary>Reads what became of an exchange: an answer, the provider's own error, or a fault on the way.</summary>
internal sealed class UpstreamOutcome(
    AttemptRequest attempt, UpstreamEndpoint endpoint, UpstreamExchange exchange, ForwarderError error, Exception? exception, TimeProvider time)
{
    private string Name => attempt.Provider.Name;

    /// <summary>Why there is no answer; null when there is one.</summary>
    /// <param name="facts">What the gathered body says.</param>
    public AttemptFailure? Failure(in AnswerFacts facts)
    {
        if (exchange.Answer.Fault is { } fault)
        {
            return new AttemptFailure(fault, FailureKind.InvalidResponse);
        }

        if (error != ForwarderError.None)
        {
            return TransportFailure();
        }

        var status = exchange.Head!.Status;
        return status switch
        {
            >= 200 and < 300 when !facts.IsObject => new AttemptFailure(NotAnAnswer(), FailureKind.InvalidResponse),

            // OpenRouter and others have written the status before they knew.
            >= 200 and < 300 => facts is { IsError: true, HasChoices: false } ? ErrorAsAnswer() : null,
            >= 300 and < 400 => new AttemptFailure(
                new GatewayError(ErrorCode.ProviderInvalidResponse, $"Provider '{Name}' redirected the request (status {status}). Redirects are not followed: set the provider's baseUrl to its final address."),
                FailureKind.InvalidResponse),
            _ => StatusFailures.Of(Name, status, RetryAfter(), exchange.Answer.Gathered.Span, code => ErrorAnswer(status, code)),
        };
    }

    /// <summary>The failure of a stream, with its cause when time ran out.</summary>
    public static AttemptFailure OfStream(AttemptFailure failure, ForwarderError error, UpstreamExchange exchange) =>
        error == ForwarderError.ResponseBodyCanceled && exchange.Token.IsCancellationRequested && failure.Answer is null ? exchange.TimeRanOut() : failure;

    private AttemptFailure ErrorAsAnswer() =>
        new(
            new GatewayError(ErrorCode.ProviderError, $"Provider '{Name}' answered with status {exchange.Head!.Status}, and with an error.", RetryAfter: RetryAfter()),
            FailureKinds.OfStreamError(exchange.Answer.Gathered.Span))
        {
            Answer = ErrorAnswer(ErrorCode.ProviderError.Status, ErrorCode.ProviderError) is { } answer
                ? answer with { Head = new AnswerHead(ErrorCode.ProviderError.Status, AnswerHead.Json, []) }
                : null,
        };

    private ProviderAnswer? ErrorAnswer(int status, ErrorCode code)
    {
        var body = endpoint.Redact(exchange.Answer.Gathered.Span);
        if (OpenAIErrorBody.IsWellFormed(body))
        {
            return new ProviderAnswer(exchange.Head!, body);
        }

        var type = status < StatusCodes.Status500InternalServerError && code == ErrorCode.ProviderError ? ErrorType.InvalidRequest : code.Type;
        return ProviderErrorBody.Reshape(body, type, code.Name) is { } reshaped
            ? new ProviderAnswer(exchange.Head! with { ContentType = AnswerHead.Json }, reshaped)
            : null;
    }

    private GatewayError NotAnAnswer() =>
        new(ErrorCode.ProviderInvalidResponse, $"Provider '{Name}' answered with status {exchange.Head!.Status}, but its body is no JSON object (content type '{exchange.Head.ContentType}').");

    private AttemptFailure TransportFailure()
    {
        if (exchange.Token.IsCancellationRequested)
        {
            return exchange.TimeRanOut();
        }

        if (exchange.Head is not null)
        {
            return new AttemptFailure(
                new GatewayError(ErrorCode.ProviderTruncated, $"Provider '{Name}' broke the connection before its answer was complete."), FailureKind.Truncated);
        }

        if (exception is UnknownContentCodingException)
        {
            return new AttemptFailure(new GatewayError(ErrorCode.ProviderInvalidResponse, $"Provider '{Name}': {exception.Message}"), FailureKind.InvalidResponse);
        }

        return exception is OperationCanceledException or TimeoutException
            ? new AttemptFailure(
                new GatewayError(ErrorCode.ProviderTimeout, string.Create(CultureInfo.InvariantCulture, $"No connection to provider '{Name}' within {endpoint.ConnectLimit.TotalSeconds:0.###} s.")),
                FailureKind.Unreachable)
            : new AttemptFailure(
                new GatewayError(ErrorCode.ProviderUnreachable, $"Provider '{Name}' could not be reached: {Cause(exception)}."), FailureKind.Unreachable);
    }

    /// <summary>The cause in a few words of our own: exception texts may hold addresses and certificates.</summary>
    private static string Cause(Exception? exception)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            switch (inner)
            {
                case SocketException socket:
                    return socket.SocketErrorCode switch
                    {
                        SocketError.ConnectionRefused => "the connection was refused",
                        SocketError.ConnectionReset => "the connection was reset",
                        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "its host name is not known",
                        SocketError.NetworkUnreachable or SocketError.HostUnreachable => "its network cannot be reached",
                        var code => $"network error {code}",
                    };
                case CertificateRejectedException rejected:
                    return rejected.Message;
                case AuthenticationException:
                    return "no TLS connection could be agreed on (check the scheme and port of its baseUrl, and its httpVersion)";
                case HttpRequestException { HttpRequestError: HttpRequestError.VersionNegotiationError }:
                    return "it does not speak the HTTP version that httpVersion asks for";
            }
        }

        return "the connection broke";
    }

    /// <summary>Seconds, however many, or a date in any of HTTP's three forms (RFC 9110, sections 10.2.3 and 5.6.7).</summary>
    private TimeSpan? RetryAfter()
    {
        var value = exchange.Head!.Headers.FirstOrDefault(header => header.Key.Equals("Retry-After", StringComparison.OrdinalIgnoreCase)).Value.ToString();
        if (value.Length > 0 && value.All(char.IsAsciiDigit))
        {
            return TimeSpan.FromSeconds(int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : int.MaxValue);
        }

        return HeaderUtilities.TryParseDate(value, out var date) && date > time.GetUtcNow() ? date - time.GetUtcNow() : null;
    }
}
