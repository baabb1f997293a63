"""memories.search.minilm.integers: which products are rewritten, and how."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from memories.search.minilm.integers import in_integers

WEIGHT = np.array([[127, -128, 3], [-7, 100, 0]], np.int8)
SCALE = np.array([[0.5, 0.01, 2.0]], np.float32)
GIVEN = np.array([[1.0, -0.5], [0.25, 0.0], [0.75, 1.0]], np.float32)


def kept(directory: Path, *nodes: onnx.NodeProto) -> Path:
    """Keep a model that multiplies what it is given by a weight, and maybe itself."""
    floats = TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "model",
        [helper.make_tensor_value_info("given", floats, [None, 2])],
        [helper.make_tensor_value_info("result", floats, [None, None])],
        [
            numpy_helper.from_array(WEIGHT, "weight"),
            numpy_helper.from_array(SCALE, "scale"),
        ],
    )
    opset = helper.make_opsetid("", 17)
    path = directory / "model.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), path)
    return path


SCALED = (
    helper.make_node("Cast", ["weight"], ["floats"], to=TensorProto.FLOAT),
    helper.make_node("Mul", ["floats", "scale"], ["scaled"]),
)


def run(model: bytes) -> np.ndarray:
    (result,) = onnxruntime.InferenceSession(model).run(["result"], {"given": GIVEN})
    return np.asarray(result)


def kinds(model: bytes) -> list[str]:
    return [node.op_type for node in onnx.load_from_string(model).graph.node]


def test_a_product_by_a_weight_is_one_of_whole_numbers(tmp_path: Path) -> None:
    product = helper.make_node("MatMul", ["given", "scaled"], ["result"])

    model = in_integers(kept(tmp_path, *SCALED, product))

    assert "MatMul" not in kinds(model)
    # What is given is rounded to one of 256 steps, the weights not at all.
    wanted = GIVEN @ (WEIGHT * SCALE)
    assert run(model) == pytest.approx(wanted, abs=1.5 / 255 * 64)


def test_what_is_given_is_rounded_once_for_all_products(tmp_path: Path) -> None:
    products = [
        helper.make_node("MatMul", ["given", "scaled"], [name]) for name in ("a", "b")
    ]
    both = helper.make_node("Add", ["a", "b"], ["result"])

    model = in_integers(kept(tmp_path, *SCALED, *products, both))

    assert kinds(model).count("DynamicQuantizeLinear") == 1
    assert kinds(model).count("MatMulInteger") == 2


def test_other_products_stay_as_they_are(tmp_path: Path) -> None:
    turned = helper.make_node("Transpose", ["given"], ["turned"])
    product = helper.make_node("MatMul", ["given", "turned"], ["result"])

    model = in_integers(kept(tmp_path, turned, product))

    assert kinds(model) == ["Transpose", "MatMul"]
    assert run(model) == pytest.approx(GIVEN @ GIVEN.T)
