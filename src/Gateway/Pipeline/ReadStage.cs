using System.Buffers;
using Gateway.Contracts.Errors;
using Gateway.Contracts.OpenAI;
using Gateway.Spending;
using Microsoft.AspNetCore.Connections;
using Microsoft.Net.Http.Headers;

namespace Gateway.Pipeline;

/// <summary>Reads the body once and keeps its bytes; what cannot be read is answered with the reason.</summary>
public sealed class ReadStage(GatewayOptions options)
{
    public async ValueTask RunAsync(GatewayRequest request)
    {
        var body = await BeginAsync(request);
        request.Priority = PriorityReader.Read(request.Http.Request.Headers, request.Key);
        request.Body = OpenAIRequestReader.Read(request.Endpoint, body);
    }

    /// <summary>The same where the body tells which endpoint it is made for.</summary>
    public async ValueTask RunForAnyEndpointAsync(GatewayRequest request)
    {
        var body = await BeginAsync(request);
        request.Endpoint = OpenAIRequestReader.EndpointOf(body);
        request.Body = OpenAIRequestReader.Read(request.Endpoint, body);
    }

    private ValueTask<byte[]> BeginAsync(GatewayRequest request)
    {
        CheckEncoding(request.Http.Request);
        request.Terms = SpendingTermsReader.Read(request.Http.Request.Headers);
        return ReadBodyAsync(request);
    }

    private static void CheckEncoding(HttpRequest request)
    {
        if (request.ContentType is { Length: > 0 } contentType
            && !(MediaTypeHeaderValue.TryParse(contentType, out var type)
                && (type.SubType.Equals("json", StringComparison.OrdinalIgnoreCase) || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))))
        {
            throw new GatewayException(ErrorCode.CallerUnsupportedMediaType, "The content type of the request is not JSON. Send 'Content-Type: application/json'.");
        }

        if (request.Headers.ContentEncoding.ToString() is { Length: > 0 } encoding && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            throw new GatewayException(ErrorCode.CallerUnsupportedMediaType, "Compressed request bodies are not accepted. Send the body without 'Content-Encoding'.");
        }
    }

    private async ValueTask<byte[]> ReadBodyAsync(GatewayRequest request)
    {
        var http = request.Http;
        try
        {
            var reader = http.Request.BodyReader;
            while (true)
            {
                request.Clock.BeginWait();
                var result = await reader.ReadAsync(http.RequestAborted);
                request.Clock.EndWait();
                if (result.IsCompleted)
                {
                    var body = result.Buffer.ToArray();
                    reader.AdvanceTo(result.Buffer.End);
                    return body;
                }

                reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            }
        }
        catch (BadHttpRequestException exception)
        {
            throw new GatewayException(exception.StatusCode switch
            {
                StatusCodes.Status413PayloadTooLarge => new GatewayError(
                    ErrorCode.CallerBodyTooLarge, $"The request body is larger than {options.MaxRequestBodyBytes} bytes, the limit of this gateway."),
                StatusCodes.Status408RequestTimeout => new GatewayError(
                    ErrorCode.CallerBodyTimeout, "The request body came in too slowly. Send it faster, or in one piece."),
                _ => new GatewayError(ErrorCode.CallerBadRequest, "The request body ended before it was complete, or its framing is broken."),
            });
        }
        catch (ConnectionResetException exception)
        {
            // The server is about to find out too; told now, it does not try to read the rest of the body.
            http.Abort();
            request.IsAbandoned = true;
            throw new OperationCanceledException("The client dropped the connection in the middle of its request.", exception);
        }
    }
}
