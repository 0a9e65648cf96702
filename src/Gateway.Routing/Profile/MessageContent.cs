using System.Text.Json;
using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>Reads the content of a message: a string, or parts with text, images, audio and files.</summary>
internal static class MessageContent
{
    public static void Read(ref Utf8JsonReader json, ref PromptText text)
    {
        if (json.TokenType != JsonTokenType.StartArray)
        {
            text.AddText(ref json);
            return;
        }

        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType == JsonTokenType.StartObject)
            {
                ReadPart(ref json, ref text);
            }
            else
            {
                text.AddText(ref json);
            }
        }
    }

    /// <summary>A part is known by the member that carries its content; <c>type</c> may stand anywhere and says nothing more.</summary>
    private static void ReadPart(ref Utf8JsonReader json, ref PromptText text)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonName.Is(ref json, "text"u8) || JsonName.Is(ref json, "refusal"u8))
            {
                json.Read();
                text.AddText(ref json);
            }
            else if (JsonName.Is(ref json, "image_url"u8) || JsonName.Is(ref json, "video_url"u8))
            {
                json.Read();
                ReadImage(ref json, ref text);
            }
            else if (JsonName.Is(ref json, "input_audio"u8))
            {
                json.Read();
                ReadAudio(ref json, ref text);
            }
            else if (JsonName.Is(ref json, "file"u8))
            {
                json.Read();
                text.AddMedium(json.TokenType == JsonTokenType.StartObject, ModelCapabilities.Vision, PromptAllowance.File);
                json.Skip();
            }
            else
            {
                json.Skip();
            }
        }
    }

    private static void ReadImage(ref Utf8JsonReader json, ref PromptText text)
    {
        bool isLow = false;
        bool isImage = json.TokenType is JsonTokenType.StartObject or JsonTokenType.String;
        if (json.TokenType == JsonTokenType.StartObject)
        {
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                bool isDetail = JsonName.Is(ref json, "detail"u8);
                bool isUrl = JsonName.Is(ref json, "url"u8);
                json.Read();
                if (json.TokenType == JsonTokenType.String)
                {
                    isLow |= isDetail && JsonName.Is(ref json, "low"u8);
                    text.AddToHash(isUrl ? json.ValueSpan : []);
                }

                json.Skip();
            }
        }

        text.AddMedium(isImage, ModelCapabilities.Vision, isLow ? PromptAllowance.ImageInLowDetail : PromptAllowance.Image);
        json.Skip();
    }

    private static void ReadAudio(ref Utf8JsonReader json, ref PromptText text)
    {
        if (json.TokenType != JsonTokenType.StartObject)
        {
            json.Skip();
            return;
        }

        int characters = 0;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool isData = JsonName.Is(ref json, "data"u8);
            json.Read();
            if (isData && json.TokenType == JsonTokenType.String)
            {
                characters += json.ValueSpan.Length;
                text.AddToHash(json.ValueSpan);
            }

            json.Skip();
        }

        text.AddMedium(true, ModelCapabilities.Audio, characters / PromptAllowance.AudioCharactersPerToken);
    }
}
