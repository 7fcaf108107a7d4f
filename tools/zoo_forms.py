"""What quantisers and optimisers do to an exported file; the PyTorch model takes the weights that the file then holds."""
import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantFormat, QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_bnb4_quantizer import MatMulBnb4Quantizer
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from onnxruntime.transformers import float16, optimizer

TYPES = {"q8": QuantType.QInt8, "uint8": QuantType.QUInt8}


def untie(model):
    head, embedding = model.get_output_embeddings(), model.get_input_embeddings()
    if head is not None and head.weight is embedding.weight:
        head.weight = torch.nn.Parameter(head.weight.detach().clone())


def places(graph, model):
    """For each weight of the file: the parameters that hold it, and whether they hold its transpose."""
    tables = {name for name, module in model.named_modules() if isinstance(module, torch.nn.Embedding)}
    gathered = {node.input[0] for node in graph.node if node.op_type == "Gather"}
    multiplied = {name for node in graph.node if node.op_type in ("MatMul", "Gemm", "Transpose") for name in node.input}
    parameters = [(name.rpartition(".")[0] in tables, value) for name, value in model.named_parameters()]
    found = {}
    for each in graph.initializer:
        if each.data_type != TensorProto.FLOAT or not each.dims:
            continue
        array = numpy_helper.to_array(each)
        for table, value in parameters:
            if array.ndim == 2 and not (each.name in (gathered if table else multiplied)):
                continue
            held = value.detach().numpy()
            if held.shape == array.shape and np.array_equal(held, array):
                found.setdefault(each.name, []).append((value, False))
            elif array.ndim == 2 and held.T.shape == array.shape and np.array_equal(held.T, array):
                found.setdefault(each.name, []).append((value, True))
    return found


def give(places, array):
    for value, transposed in places:
        value.data = torch.tensor(np.ascontiguousarray(array.T if transposed else array), dtype=torch.float32)


def constant_of(node, given, opsets):
    """What a node makes of constants alone; of a product, its second factor [K, N]."""
    inputs, feeds = [], {}
    if node.op_type.startswith("MatMul"):
        size = next(each.i for each in node.attribute if each.name == "K")
        feeds[node.input[0]] = np.eye(size, dtype=np.float32)
        inputs.append(helper.make_tensor_value_info(node.input[0], TensorProto.FLOAT, [size, size]))
    output = helper.make_tensor_value_info(node.output[0], TensorProto.FLOAT, None)
    graph = helper.make_graph([node], "one", inputs, [output], [given[name] for name in node.input if name in given])
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, feeds)[0]


def fused(path, model, kind):
    config = model.config
    heads, width = config.num_attention_heads, config.hidden_size
    if kind in ("o1", "o2"):
        options = onnxruntime.SessionOptions()
        level = onnxruntime.GraphOptimizationLevel
        options.graph_optimization_level = level.ORT_ENABLE_BASIC if kind == "o1" else level.ORT_ENABLE_EXTENDED
        options.optimized_model_filepath = str(path)
        onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
        return
    made = {"gpt_neox": "gpt_neox", "phi": "phi", "qwen3": "qwen3"}.get(config.model_type, "gpt2")
    result = optimizer.optimize_model(str(path), model_type=made, num_heads=heads, hidden_size=width, opt_level=0)
    result.save_model_to_file(str(path))


def weights_in_half(file):
    """Each float weight as float16 behind a Cast: the form of small files whose arithmetic stays in float32."""
    for each in [each for each in file.graph.initializer if each.data_type == TensorProto.FLOAT and len(each.dims) == 2]:
        half = numpy_helper.from_array(numpy_helper.to_array(each).astype(np.float16), f"{each.name}_half")
        file.graph.node.insert(0, helper.make_node("Cast", [half.name], [each.name], f"{each.name}_cast", to=TensorProto.FLOAT))
        file.graph.initializer.remove(each)
        file.graph.initializer.append(half)


def weights_in_bytes(file):
    """Each matrix as int8 with a scale a column behind DequantizeLinear."""
    factors = {node.input[1] for node in file.graph.node if node.op_type == "MatMul"}
    for each in [each for each in file.graph.initializer if each.name in factors]:
        array = numpy_helper.to_array(each)
        scale = (np.abs(array).max(0) / 127).astype(np.float32)
        parts = [np.round(array / scale).astype(np.int8), scale, np.zeros(scale.shape, np.int8)]
        names = [f"{each.name}_{part}" for part in ("quantized", "scale", "zero_point")]
        file.graph.initializer.extend(numpy_helper.from_array(part, name) for part, name in zip(parts, names))
        file.graph.node.insert(0, helper.make_node("DequantizeLinear", names, [each.name], f"{each.name}_DequantizeLinear", axis=1))
        file.graph.initializer.remove(each)


def rewrite(path, change, model):
    if change in ("fused", "o1", "o2"):
        return fused(path, model, change)
    untie(model)
    if change.startswith("fused") or change.startswith("o"):
        first, _, change = change.partition("+")
        fused(path, model, first)
    file = onnx.load(path)
    before = places(file.graph, model)
    if change in ("fp16", "half", "q4f16"):
        for value in model.parameters():
            value.data = value.data.half().float()
    factors = {node.output[0]: node.input[1] for node in file.graph.node if node.op_type == "MatMul"}
    names = {node.name: node.input[1] for node in file.graph.node if node.op_type == "MatMul"}
    if change in ("q8", "uint8", "q8c"):
        quantize_dynamic(file, path, weight_type=TYPES.get(change, QuantType.QInt8), per_channel=change == "q8c",
                         extra_options={"EnableSubgraph": True, "MatMulConstBOnly": True})
        file = onnx.load(path)
        given = {each.name: numpy_helper.to_array(each) for each in file.graph.initializer}
        for name, where in before.items():
            if (held := given.get(f"{name}_quantized")) is not None:
                give(where, (held.astype(np.float32) - given[f"{name}_zero_point"].astype(np.float32)) * given[f"{name}_scale"])
        return
    if change in ("q4", "q4a", "q4b128", "q4b16", "q4g", "qdq4", "qdq4a", "q4f16", "q8n", "q4acc"):
        block = {"q4b128": 128, "q4b16": 16}.get(change, 32)
        kinds = {"op_types_to_quantize": ("MatMul", "Gather")} if change == "q4g" else {}
        quantiser = MatMulNBitsQuantizer(file, block_size=block, is_symmetric=change not in ("q4a", "qdq4a"), bits=8 if change == "q8n" else 4,
                                         accuracy_level=4 if change == "q4acc" else None,
                                         quant_format=QuantFormat.QDQ if change.startswith("qdq4") else QuantFormat.QOperator, **kinds)
        quantiser.process()
        file = quantiser.model.model
    elif change in ("bnb4", "fp4"):
        quantiser = MatMulBnb4Quantizer(file, MatMulBnb4Quantizer.NF4 if change == "bnb4" else MatMulBnb4Quantizer.FP4, 64)
        quantiser.process()
        file = quantiser.model.model
    elif change == "w16":
        weights_in_half(file)
    elif change == "qdq8":
        weights_in_bytes(file)
    given = {each.name: each for each in file.graph.initializer}
    for node in file.graph.node:
        if node.op_type in ("MatMulNBits", "MatMulBnb4"):
            name = factors[node.output[0]]
        elif node.op_type == "DequantizeLinear" or (node.op_type == "Cast" and node.input[0] in given):
            name = next((key for key in before if node.input[0].startswith(key) or node.output[0].startswith(key)), None)
        else:
            continue
        if name is None or name not in before:
            print("   not known:", node.op_type, node.name, name)
            continue
        give(before[name], constant_of(node, given, file.opset_import))
    for node in file.graph.node:
        if node.op_type == "GatherBlockQuantized":
            table = next(value for key, value in before.items() if node.input[0].startswith(key))
            rows = numpy_helper.from_array(np.arange(512), node.input[1])
            give(table, constant_of(node, {**given, node.input[1]: rows}, file.opset_import))
    if change in ("fp16", "half", "q4f16"):
        # Transformers.js keeps each Cast to float32 as it is, and casts before and after.
        blocked = [*float16.DEFAULT_OP_BLOCK_LIST, *([] if change == "half" else ["Cast"])]
        file = float16.convert_float_to_float16(file, keep_io_types=change != "half", disable_shape_infer=change == "half", op_block_list=blocked)
    onnx.save(file, path)
