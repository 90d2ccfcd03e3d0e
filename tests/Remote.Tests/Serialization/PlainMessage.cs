using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Remote.Tests.Serialization;

/// <summary>A protobuf message as generators other than protoc's of today write it: without the methods that write into a buffer.</summary>
public sealed class PlainMessage : IMessage<PlainMessage>
{
    private const int NumberField = 1;

    internal static readonly MessageParser<PlainMessage> Parser = new(() => new PlainMessage());

    internal static FileDescriptor File { get; } = FileDescriptor.FromGeneratedCode(
        new FileDescriptorProto
        {
            Name = "plain.proto",
            Package = "remote.tests",
            Syntax = "proto3",
            MessageType =
            {
                new DescriptorProto
                {
                    Name = nameof(PlainMessage),
                    Field =
                    {
                        new FieldDescriptorProto
                        {
                            Name = "number",
                            Number = NumberField,
                            Type = FieldDescriptorProto.Types.Type.Int32,
                            Label = FieldDescriptorProto.Types.Label.Optional,
                        },
                    },
                },
            },
        }.ToByteArray(),
        [],
        new GeneratedClrTypeInfo(null, null, [new GeneratedClrTypeInfo(typeof(PlainMessage), Parser, [nameof(Number)], null, null, null, null)]));

    public int Number { get; set; }

    MessageDescriptor IMessage.Descriptor => File.MessageTypes[0];

    public void MergeFrom(PlainMessage message) => Number = message.Number;

    public void MergeFrom(CodedInputStream input)
    {
        while (input.ReadTag() != 0)
        {
            Number = input.ReadInt32();
        }
    }

    public void WriteTo(CodedOutputStream output)
    {
        output.WriteTag(NumberField, Google.Protobuf.WireFormat.WireType.Varint);
        output.WriteInt32(Number);
    }

    public int CalculateSize() => 1 + CodedOutputStream.ComputeInt32Size(Number);

    public PlainMessage Clone() => new() { Number = Number };

    public bool Equals(PlainMessage? other) => other?.Number == Number;

    public override bool Equals(object? obj) => Equals(obj as PlainMessage);

    public override int GetHashCode() => Number;
}
