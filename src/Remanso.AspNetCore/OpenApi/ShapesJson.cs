using System.Text.Json.Serialization;

namespace Remanso.AspNetCore.OpenApi;

/// <summary>The shapes as generated code: what a native application describes them by, which has no reflection for it.</summary>
[JsonSerializable(typeof(AbsentAnswer))]
[JsonSerializable(typeof(BatchReadAnswer[]))]
[JsonSerializable(typeof(BatchWriteAnswer[]))]
[JsonSerializable(typeof(CachedAnswer))]
[JsonSerializable(typeof(ChoiceBody))]
[JsonSerializable(typeof(DeadLettersAnswer))]
[JsonSerializable(typeof(DroppedAnswer))]
[JsonSerializable(typeof(FlushAnswer))]
[JsonSerializable(typeof(IncrementBody))]
[JsonSerializable(typeof(KeyAndValue))]
[JsonSerializable(typeof(KeyAndValue[]))]
[JsonSerializable(typeof(KeysBody))]
[JsonSerializable(typeof(MergeAnswer))]
[JsonSerializable(typeof(MergeRequest))]
[JsonSerializable(typeof(PreloadAnswer))]
[JsonSerializable(typeof(ProcessesAnswer))]
[JsonSerializable(typeof(ReadAnswer))]
[JsonSerializable(typeof(ReadyAnswer))]
[JsonSerializable(typeof(ReceiptAnswer))]
[JsonSerializable(typeof(ReplayedAnswer))]
[JsonSerializable(typeof(StatusAnswer))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(ProblemAnswer))]
[JsonSerializable(typeof(StatisticsAnswer))]
internal sealed partial class ShapesJson : JsonSerializerContext;
